"""The web application, with a bell that wakes the workers."""

from app import create_app
from app.config import load_or_exit
from tasks import doorbell

app = create_app(load_or_exit())
doorbell.hang(app.extensions["till"])
