"""Where exports are stored: in the storage `exports`, which is not served. Each file is complete or not there."""

from django.core.files.storage import Storage, storages


def exports() -> Storage:
    """The storage of the parts of archives."""
    return storages["exports"]
