"""`python -m config.embedded FOLDER`: make an installation's keys as files, for containers."""

import sys
from pathlib import Path

from config.embedded.keys import write_files

write_files(Path(sys.argv[1]))
