"""What all of gunicorn's workers have in common here; the rest is on the command line."""

workers = 1
timeout = 120
graceful_timeout = 1
# Reset connections and broken pipes are what these tests are about: silent on that level.
loglevel = "info"
# No socket in the home of whoever runs the tests.
control_socket_disable = True
