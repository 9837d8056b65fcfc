"""The simulated Alertmanager: the world's firing alerts, routed, grouped, silenced and inhibited."""
