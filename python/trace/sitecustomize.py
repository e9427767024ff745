"""Put first on PYTHONPATH by Headrace: starts the trace of what a step looks for, then hands over to the sitecustomize that would have run without it."""

import sys


def _start():
    # Python 2 and the first versions of 3 get no trace; Headrace then counts the whole repository.
    if sys.version_info < (3, 8) or sys.platform != "linux":
        return
    try:
        import _headrace_trace

        _headrace_trace.start()
    except Exception:
        # Without a word from us, Headrace knows that it does not know. The step goes on as if nothing had been tried.
        pass


def _hand_over():
    here = __file__.rpartition("/")[0]
    sys.path[:] = [entry for entry in sys.path if entry != here]
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if own is not None:
            sys.modules.setdefault("sitecustomize", own)


_start()
_hand_over()
