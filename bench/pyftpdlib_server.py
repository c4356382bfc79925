"""The pyftpdlib peer: its asynchronous server, set up as in its own tutorial.

Arguments: the folder to serve and the port on 127.0.0.1.
"""
import logging
import sys
import warnings

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

# Anonymous uploads are intended here; the library would warn about them each time.
warnings.simplefilter("ignore", RuntimeWarning)
logging.basicConfig(level=logging.INFO)


class Handler(FTPHandler):
    authorizer = DummyAuthorizer()


Handler.authorizer.add_anonymous(sys.argv[1], perm="elradfmwMT")
server = FTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
server.max_cons = 20000
server.serve_forever()
