"""What every measurement needs: a terminal to run programs in, an emulator to look at, figures and their report."""
