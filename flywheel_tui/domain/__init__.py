"""What a CI runner fleet is: frozen structs and the ports that bring them in. No I/O."""
