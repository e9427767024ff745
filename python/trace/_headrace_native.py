"""Says of native code whether it is known to look for files only by asking Python. What is not known here counts: nothing is harmless by its name alone."""

import sys

# The standard library's extension modules that open no file by themselves, or have their own audit events. Left out on purpose: _tkinter, _dbm, _gdbm,
# _curses, nis, _testcapi and its likes, interpreters in the interpreter (they have no audit hooks).
STANDARD = frozenset(
    """_abc _array _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections
    _contextvars _crypt _csv _ctypes _datetime _decimal _elementtree _functools _hashlib _heapq _hmac _imp _io _json _locale _lsprof _lzma _md5
    _multibytecodec _multiprocessing _opcode _operator _pickle _posixshmem _posixsubprocess _queue _random _sha1 _sha2 _sha256 _sha3 _sha512 _signal
    _socket _sqlite3 _sre _ssl _stat _statistics _string _struct _suggestions _symtable _sysconfig _thread _tokenize _tracemalloc _types _typing _uuid
    _warnings _weakref _zoneinfo _zstd array atexit audioop binascii builtins cmath errno faulthandler fcntl gc grp itertools marshal math mmap posix
    pwd pyexpat readline resource select spwd sys syslog termios time unicodedata zlib""".split()
)

# By top-level package: the distribution, and the versions (from, before) whose native code leaves files to Python. pandas opened files itself before 1.2.
TRUSTED = {
    "numpy": ("numpy", (1, 19), (3,)),
    "scipy": ("scipy", (1, 5), (2,)),
    "sklearn": ("scikit_learn", (0, 24), (2,)),
    "pandas": ("pandas", (1, 2), (4,)),
    "matplotlib": ("matplotlib", (3, 3), (4,)),
    "mpl_toolkits": ("matplotlib", (3, 3), (4,)),
    "kiwisolver": ("kiwisolver", (1, 1), (2,)),
    "contourpy": ("contourpy", (1,), (2,)),
    "PIL": ("pillow", (8,), (14,)),
    "fontTools": ("fonttools", (4,), (5,)),
    "statsmodels": ("statsmodels", (0, 12), (1,)),
    "yaml": ("pyyaml", (5, 1), (7,)),
    "_yaml": ("pyyaml", (5, 1), (7,)),
    "markupsafe": ("markupsafe", (1, 1), (4,)),
    "charset_normalizer": ("charset_normalizer", (2,), (4,)),
    "regex": ("regex", (2020,), (2100,)),
    "msgpack": ("msgpack", (1,), (2,)),
    "ujson": ("ujson", (4,), (6,)),
    "orjson": ("orjson", (3,), (4,)),
    "simplejson": ("simplejson", (3, 17), (5,)),
    "lz4": ("lz4", (3,), (5,)),
    "zstandard": ("zstandard", (0, 15), (1,)),
    "psutil": ("psutil", (5, 7), (8,)),
    "greenlet": ("greenlet", (1,), (4,)),
    "wrapt": ("wrapt", (1, 12), (3,)),
    "cytoolz": ("cytoolz", (0, 11), (2,)),
    "multidict": ("multidict", (5,), (7,)),
    "frozenlist": ("frozenlist", (1,), (2,)),
    "propcache": ("propcache", (0, 2), (1,)),
    "yarl": ("yarl", (1, 6), (2,)),
    "pydantic_core": ("pydantic_core", (0, 1), (3,)),
    "rpds": ("rpds_py", (0, 7), (1,)),
    "bottleneck": ("bottleneck", (1, 3), (2,)),
    "tornado": ("tornado", (6,), (7,)),
}
# Modules of mypyc have a name of their own (a hash) beside the package that they belong to.
COMPILED_BESIDE = (("charset_normalizer", (2,), (4,)), ("tomli", (2,), (3,)))
# Modules of trusted packages that open files themselves.
UNTRUSTED_MODULES = frozenset("scipy.io._fast_matrix_market._fmm_core scipy.odr.__odrpack PIL._imagingft PIL._imagingcms".split())

# Folders of the system's libraries, apart from those of the interpreter's own installation.
SYSTEM_LIBRARIES = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/local/lib/")
# Debian's packages have no list of their files, and their folder is nobody else's.
DEBIAN = "/usr/lib/python3/dist-packages"

# Functions that ask the machine, the interpreter or the pool of threads, and open no file.
SYMBOLS = frozenset(
    """Py_IncRef Py_DecRef dl_iterate_phdr gnu_get_libc_version sched_getaffinity sched_setaffinity sched_getcpu prctl malloc_trim uuid_generate_time
    uuid_generate_time_safe uuid_generate_random""".split()
)
SYMBOL_FAMILIES = (
    """PyBuffer_ PyByteArray_ PyBytes_ PyCapsule_ PyCell_ PyDict_ PyErr_ PyFloat_ PyFrame_ PyGILState_ PyList_ PyLong_ PyMemoryView_ PyObject_
    PyThreadState_ PyTuple_ PyUnicode_ MKL_Get_ MKL_Set_ mkl_get_ mkl_set_ omp_get_ omp_set_ bli_thread_get_ bli_thread_set_ bli_info_get_ bli_arch_""".split()
)
BLAS = ("openblas_", "scipy_openblas_", "goto_")


def is_harmless_symbol(name):
    if name in SYMBOLS or name.startswith(tuple(SYMBOL_FAMILIES)):
        return True
    return name.startswith(BLAS) and ("_get_" in name or "_set_" in name)


class Native(object):
    """The installed packages, as far as they bear on native code. Its questions are asked of the operating system itself, and are not the step's."""

    def __init__(self, posix, library):
        self.posix = posix
        self.listdir, self.open, self.read, self.close = posix.listdir, posix.open, posix.read, posix.close
        self.dynload = library + "/lib-dynload/"
        self.builtin = frozenset(sys.builtin_module_names)
        self.installed = {}
        self.records = {}

    def is_harmless_module(self, name, filename):
        if filename is None:
            # Builtin modules, and all that is no native code.
            return name not in self.builtin or name in STANDARD
        if name in UNTRUSTED_MODULES:
            return False
        if filename.startswith(self.dynload):
            return name in STANDARD
        if "." not in name and name.endswith("__mypyc"):
            site, _, entry = filename.rpartition("/")
            return any(self.is_installed(site, entry, *trusted) for trusted in COMPILED_BESIDE)
        trusted = TRUSTED.get(name.partition(".")[0])
        if trusted is None:
            return False
        parts = filename.split("/")
        depth = name.count(".") + 1
        site, entry = "/".join(parts[:-depth]), "/".join(parts[-depth:])
        return entry.startswith(name.replace(".", "/") + ".") and self.is_installed(site, entry, *trusted)

    def is_harmless_library(self, path):
        """A library that is loaded by its path; its functions are judged one by one."""
        if "/../" in path or "/./" in path:
            return False
        if "/site-packages/" in path:
            site, _, entry = path.rpartition("/site-packages/")
            top = entry.partition("/")[0].partition(".libs")[0].replace("scikit_learn", "sklearn")
            trusted = TRUSTED.get(top)
            return trusted is not None and self.is_installed(site + "/site-packages", entry, *trusted)
        own = [prefix + "/lib/" for prefix in (sys.base_prefix, sys.base_exec_prefix) if prefix not in ("", "/")]
        return path.startswith(SYSTEM_LIBRARIES) or path.startswith(tuple(own))

    def is_installed(self, site, entry, distribution, first, end):
        """True if a file belongs to a distribution of a known version, from an index: one that was installed from a folder has a direct_url.json."""
        if site not in self.installed:
            self.installed[site] = dict(self.find_distributions(site))
        version, folder = self.installed[site].get(distribution, (None, None))
        if version is None or not first <= version < end:
            return False
        if site == DEBIAN:
            return True
        if folder not in self.records:
            self.records[folder] = self.read_record(site + "/" + folder)
        return ("\n" + entry + ",").encode("utf-8", "surrogateescape") in self.records[folder]

    def find_distributions(self, site):
        for entry in self.listdir(site):
            stem, _, ending = entry.rpartition(".")
            if ending not in ("dist-info", "egg-info"):
                continue
            name, _, rest = stem.partition("-")
            version = []
            for piece in rest.partition("-")[0].split("."):
                digits = piece[: len(piece) - len(piece.lstrip("0123456789"))]
                if not digits:
                    break
                version.append(int(digits))
            yield name.lower().replace(".", "_"), (tuple(version), entry)

    def read_record(self, folder):
        """The list of its files; empty where it is not one that an index served."""
        origin = self.content(folder + "/direct_url.json")
        # conda builds its packages by pip from a folder of its own.
        if origin is not None and b"/feedstock_root/" not in origin and b"/croot/" not in origin:
            return b""
        return b"\n" + (self.content(folder + "/RECORD") or b"")

    def content(self, path):
        try:
            descriptor = self.open(path, self.posix.O_RDONLY | self.posix.O_CLOEXEC)
        except OSError:
            return None
        try:
            pieces = []
            while True:
                piece = self.read(descriptor, 1 << 20)
                if not piece:
                    return b"".join(pieces)
                pieces.append(piece)
        finally:
            self.close(descriptor)
