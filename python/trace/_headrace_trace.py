"""Notes what a Python process looks for in the repository of its step: files opened or asked about, there or not, folders listed, modules searched for, and
everything by which something could be looked for unseen (other programs, native code). Access times show what was read, not what was missed.

Each note is a line in the file HEADRACE_TRACE, written at once: a process may end at any moment. Lines begin with a letter:

    H            this process is watched (once for each start of an interpreter)
    P            it starts another Python, which has to say H itself
    O S          a path was opened, or asked about
    L C          a folder was listed: names and kinds alone, or possibly also the sizes of what is in it
    M            a module was searched for: folder, NUL, name
    R            a path was moved or linked: it may be reached by another name
    X            something cannot be seen through: the reason in words
    F            notes could not be made: the reason in words
    K            a file was read in the caches that steps keep (HEADRACE_TRACE_CACHE)
    J            followed by such a line: the same, below the project's own folder (HEADRACE_TRACE_PROJECT), which is no part of the code

The file begins with a B from Headrace: whoever empties it takes that away, too.

Nothing here may ever disturb the step. Whatever fails ends in an X, or, where not even that can be written, in an emptied file.
"""

import os
import sys
import _thread

import _headrace_native
from _headrace_functions import Functions, Watched, WatchedListing

MOST_NOTES = 200000

HARMLESS_PROGRAMS = frozenset(["lscpu", "uname", "ldconfig", "nvidia-smi", "nproc", "arch", "hostname", "fc-list"])
HARMLESS_FOLDERS = frozenset(["/bin", "/sbin", "/usr/bin", "/usr/sbin"])

# Set while a step runs, these have C code look for files of the step's choice.
NAMES_FILES = frozenset(
    """TZ TZDIR LOCPATH NLSPATH GCONV_PATH SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES FONTCONFIG_FILE FONTCONFIG_PATH
    FONTCONFIG_SYSROOT TERMINFO TERMINFO_DIRS INPUTRC HOSTALIASES LD_LIBRARY_PATH""".split()
)
RUNS_CODE = frozenset("LD_PRELOAD LD_AUDIT BASH_ENV ENV".split())

# In the project's own folder: what is installed there, and Headrace's own.
NO_PROJECT = (".headrace",)

# They make a list of a folder, and ask no entry for more than its name and kind.
LISTING_CALLERS = (("os.py", ("walk", "_walk")), ("glob.py", None), ("pathlib.py", None), ("pathlib/__init__.py", None), ("pathlib/_local.py", None))


def start():
    import posix

    target = os.environ.get("HEADRACE_TRACE")
    root = os.environ.get("HEADRACE_TRACE_ROOT")
    if not target or not root:
        return
    Trace(posix, target, root.rstrip("/"), os.environ.get("HEADRACE_TRACE_PROJECT", "").rstrip("/"), os.environ.get("HEADRACE_TRACE_CACHE", "").rstrip("/"))


class Trace(Functions):
    def __init__(self, posix, target, root, project, cache):
        self.posix = posix
        self.target = target
        self.root = root
        self.within = root + "/"
        self.project = project
        self.cache = cache and cache + "/"
        self.made_in_cache = set()
        self.native = _headrace_native.Native(posix, os.path.dirname(os.__file__))
        self.own_files = (Trace.note.__code__.co_filename, Functions.watch.__code__.co_filename, _headrace_native.Native.content.__code__.co_filename)
        self.installations = self.find_installations()
        # The callers of these ask, not they.
        self.passing = [Watched.__call__.__code__, WatchedListing.__call__.__code__]
        self.seen = set()
        self.tested = None
        self.local = _thread._local()
        # Taken now: the originals, whatever is put in their places later.
        self.stat = posix.stat
        self.write, self.open, self.close, self.getcwd, self.readlink = posix.write, posix.open, posix.close, posix.getcwd, posix.readlink
        self.truncate, self.listdir, self.fsdecode, self.fsencode, self.fspath = posix.truncate, posix.listdir, os.fsdecode, os.fsencode, os.fspath
        self.frame = sys._getframe
        self.python = os.path.realpath(sys.executable or "/")
        self.events = {
            "open": self.on_open,
            "os.listdir": self.on_list,
            "os.scandir": self.on_scan,
            "import": self.on_import,
            "os.posix_spawn": self.on_exec,
            "os.exec": self.on_exec,
            "os.system": self.on_system,
            "os.putenv": self.on_variable,
            "socket.connect": self.on_socket,
            "socket.bind": self.on_socket,
            "socket.sendto": self.on_socket,
            "socket.sendmsg": self.on_socket,
            "ctypes.dlopen": self.on_library,
            "ctypes.dlsym": self.on_symbol,
            "ctypes.dlsym/handle": self.on_symbol,
            "ctypes.call_function": self.on_pointer,
            "sqlite3.connect": self.on_database,
        }
        self.check_place()
        self.watch_functions()
        self.watch_importer()
        self.watch_starts()
        self.watch_translations()
        self.self_test()
        sys.addaudithook(self.hook)
        # Written into the repository, bytecode would be taken for something that the step left there.
        sys.dont_write_bytecode = True
        self.note_known_paths()
        self.note("H", str(posix.getpid()), again=True)

    # Writing

    def note(self, kind, text, again=False):
        line = kind + text
        if line in self.seen and not again:
            return
        if len(self.seen) > MOST_NOTES:
            if len(self.seen) > MOST_NOTES + 1:
                return
            line = "Fit looks for more paths than are kept account of"
        data = self.fsencode(line.replace("\\", "\\\\").replace("\n", "\\n")) + b"\n"
        # Opened each time: a file descriptor that is kept would be closed, or taken for another, by programs that close all.
        descriptor = self.open(self.target, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            if self.write(descriptor, data) != len(data):
                raise OSError("cut short")
        finally:
            self.close(descriptor)
        self.seen.add(line)

    def lose(self):
        """A note could not be made. Without the greetings in the file, nothing in it counts."""
        try:
            self.truncate(self.target, 0)
        except Exception:
            pass
        self.seen.clear()

    def guarded(self, act, *args):
        """Calls of our own do not count as the step's; those of a signal handler meanwhile do."""
        local = self.local
        was_busy = getattr(local, "busy", False)
        if was_busy and self.is_own_call():
            return
        local.busy = True
        try:
            act(*args)
        except Exception:
            self.fail(act)
        except BaseException:
            self.lose()
            raise
        finally:
            local.busy = was_busy

    def is_own_call(self):
        # is_own_call, guarded, what calls it (the hook, or what a watched function calls), and then who asked.
        frame = self.frame(3)
        if frame is not None and frame.f_code in self.passing:
            frame = frame.f_back
        return frame is None or frame.f_code.co_filename in self.own_files

    def fail(self, act):
        try:
            self.note("F", "the trace of it failed (%s)" % getattr(act, "__name__", "?"))
        except Exception:
            self.lose()

    def hook(self, event, args):
        handle = self.events.get(event)
        if handle is not None:
            self.guarded(handle, *args)

    # Paths

    def place(self, path, dir_fd=None):
        """`""` and the path below the repository (`""` for itself), or `"J"` and that below the project's folder; undefined (None) for everything else. Not resolved:
        Headrace knows the links of the repository."""
        if path is None:
            path = "."
        if isinstance(path, int):
            path = self.readlink("/proc/self/fd/%d" % path)
        elif not isinstance(path, str):
            path = self.fsdecode(path)
        if not path.startswith("/"):
            if dir_fd is not None and not isinstance(dir_fd, int):
                raise TypeError("dir_fd")
            base = self.getcwd() if dir_fd is None else self.readlink("/proc/self/fd/%d" % dir_fd)
            path = base + "/" + path
        found = self.below(path)
        if found is not None:
            return found
        if path.startswith("/proc/") and ("/cwd" in path or "/root" in path or "/fd/" in path and path.count("/") > 4):
            self.note("X", "it follows the path %s" % path)
        if "//" in path or "/." in path:
            return self.below(os.path.normpath(path).replace("//", "/"))
        return None

    def below(self, path):
        if path.startswith(self.within):
            return ("", path[len(self.within) :])
        if path == self.root:
            return ("", "")
        project = self.project
        if not project or not path.startswith(project):
            return None
        rest = path[len(project) :]
        if rest[:1] not in ("", "/") or any(path == place or path.startswith(place + "/") for place in self.installations):
            return None
        rest = rest.lstrip("/")
        return None if rest.partition("/")[0] in NO_PROJECT else ("J", rest)

    def find_installations(self):
        """A virtual environment in the project's folder is an installation, and no part of the project."""
        prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
        prefixes.update(os.environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
        inside = [prefix.rstrip("/") for prefix in prefixes if self.project and prefix.startswith(self.project + "/")]
        return [prefix for prefix in inside if prefix != self.project]

    def note_path(self, kind, path, dir_fd=None):
        # The common case first: an absolute path to somewhere else.
        if (
            type(path) is str
            and path.startswith("/")
            and not path.startswith(self.root)
            and not (self.project and path.startswith(self.project))
            and "/." not in path
            and "//" not in path
            and path[:6] != "/proc/"
        ):
            return
        if "\0" in path if isinstance(path, str) else isinstance(path, bytes) and b"\0" in path:
            return
        place = self.place(path, dir_fd)
        if place is not None:
            self.note(place[0] + kind, place[1])

    # Events

    def on_open(self, path, mode=None, flags=0):
        if not isinstance(path, int):
            self.note_path("O", path)
            if self.cache:
                self.note_cached(path, flags)

    def note_cached(self, path, flags):
        """A file of the caches that steps keep, which is read as another step may have left it."""
        path = self.in_cache(path)
        if path is None or any(path == made or path.startswith(made + "/") for made in self.made_in_cache):
            return
        if flags & (os.O_TRUNC | os.O_EXCL):
            self.made_in_cache.add(path)
            return
        try:
            is_file = self.stat(self.cache + path).st_mode & 0o170000 == 0o100000
        except OSError:
            return
        if is_file:
            self.note("K", path)

    def in_cache(self, path):
        path = self.fsdecode(path)
        if not path.startswith("/"):
            path = self.getcwd() + "/" + path
        if "//" in path or "/../" in path or "/./" in path:
            path = os.path.normpath(path)
        return path[len(self.cache) :] if path.startswith(self.cache) else None

    def on_list(self, path=None):
        place = self.place(path)
        if place is not None:
            self.note(place[0] + "L", place[1])

    def on_scan(self, path=None):
        place = self.place(path)
        if place is not None:
            self.note(place[0] + ("L" if self.is_listing() else "C"), place[1])

    def is_listing(self):
        # hook's caller: is_listing, on_scan, guarded, hook, and then whoever scans.
        code = self.frame(4).f_code
        library = os.__file__[: -len("os.py")]
        if not code.co_filename.startswith(library) and not code.co_filename.startswith("<frozen "):
            return False
        name = "os.py" if code.co_filename == "<frozen os>" else code.co_filename[len(library) :]
        return any(name == file and (functions is None or code.co_name in functions) for file, functions in LISTING_CALLERS)

    def on_import(self, name, filename=None, *rest):
        if isinstance(filename, bytes):
            filename = self.fsdecode(filename)
        if not self.native.is_harmless_module(name, filename):
            self.note("X", "it loads %s, native code that can look for files by itself" % name)

    def on_library(self, name=None, *rest):
        if isinstance(name, bytes):
            name = self.fsdecode(name)
        # Without a slash, the system's own folders are searched (LD_LIBRARY_PATH is looked at beforehand).
        if name is None or "/" not in name or self.place(name) is None and self.native.is_harmless_library(name):
            return
        self.note("X", "it loads the library %s" % name)

    def on_symbol(self, library, name=None):
        if isinstance(name, bytes):
            name = self.fsdecode(name)
        if not isinstance(name, str) or not _headrace_native.is_harmless_symbol(name):
            self.note("X", "it calls %s of a C library" % name)

    def on_pointer(self, *args):
        self.note("X", "it calls a C function by its address")

    def on_database(self, database, *rest):
        # One in memory can attach others.
        self.note("X", "it opens a SQLite database, which looks for files by itself")

    def on_socket(self, socket, address, *rest):
        if isinstance(address, (str, bytes)) and address[:1] not in ("", b"", "\0", b"\0"):
            self.note_path("S", address)

    def on_variable(self, name, value, *rest):
        name, value = self.fsdecode(name), self.fsdecode(value)
        if name in RUNS_CODE:
            self.note("X", "it sets the variable %s" % name)
        if name not in NAMES_FILES or name == "TZ" and value.lstrip(":")[:1] not in ("/", "."):
            return
        if any(not path.startswith("/") or self.place(path) is not None for path in value.lstrip(":").split(":")):
            self.note("X", "it sets the variable %s, by which files are looked for unseen" % name)

    def on_system(self, command, *rest):
        self.note("X", "it starts other programs (os.system)")

    def on_exec(self, path, args=None, env=None):
        self.judge_start([path], args, env)

    def watch_starts(self):
        import _posixsubprocess

        original = _posixsubprocess.fork_exec

        def fork_exec(*args):
            self.guarded(self.judge_start, args[1], args[0], args[5])
            if args[4] is not None:
                self.guarded(self.note_path, "S", args[4])
            return original(*args)

        _posixsubprocess.fork_exec = fork_exec
        loaded = sys.modules.get("subprocess")
        if getattr(loaded, "_fork_exec", None) is original:
            loaded._fork_exec = fork_exec

    def judge_start(self, programs, args, env=None):
        programs = [self.fsdecode(program) for program in programs]
        args = [self.fsdecode(arg) for arg in (args or ())]
        name = programs[0].rpartition("/")[2]
        # An environment of its own may have LD_PRELOAD in it.
        strange = [] if env is None else [entry for entry in env if self.fsdecode(entry).partition("=")[0] in RUNS_CODE or self.fsdecode(entry).startswith("LD_")]
        if any(os.path.realpath(program) == self.python for program in programs[:1]):
            # With these it would not read our module, nor say so.
            self.note("P", "", again=True)
            return
        # subprocess gives all places where it would look for the program.
        outside = all(program.startswith("/") and self.place(program) is None for program in programs)
        found = [program for program in programs if os.path.exists(program)][:1]
        own = any(program.rpartition("/")[0] not in HARMLESS_FOLDERS for program in found)
        if name in HARMLESS_PROGRAMS and outside and not own and not strange and all(arg.startswith("-") for arg in args[1:]):
            return
        self.note("X", "it starts another program (%s)" % name)

    # The beginning

    def check_place(self):
        for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable, os.__file__):
            found = self.place(path) if path else None
            if found is not None and found[0] == "":
                self.note("X", "Python itself stands in the repository")

    def note_known_paths(self):
        """Where modules were looked for before we came."""
        for entry in sys.path:
            if isinstance(entry, str):
                place = self.place(entry or ".")
                if place is not None:
                    self.note(place[0] + "S", place[1])
