"""The web application, with a bell that wakes the workers."""

from app import create_app
from tasks import doorbell

app = create_app()
doorbell.hang(app.extensions["till"])
