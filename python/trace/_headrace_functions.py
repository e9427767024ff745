"""Stands between a Python process and the functions of the module os and the importer, so that what they are asked for is noted (_headrace_trace.py)."""

import os
import sys

# They list the folders of sys.path to find the installed packages, and look at the names of those alone.
LISTS_PACKAGES = ("importlib.metadata", "importlib_metadata", "pkg_resources", "pip._vendor.pkg_resources")
PACKAGES = "*.dist-info"

PROBES = """stat lstat access readlink chdir statvfs pathconf chmod lchmod chown lchown utime truncate mkdir rmdir remove unlink mkfifo mknod getxattr
setxattr listxattr removexattr""".split()
MOVES = ["rename", "replace", "link", "symlink"]


class Watched(object):
    """Stands for a function of the module os. An object, since Python functions would become methods where a class takes them over."""

    def __init__(self, original, before):
        self.original = original
        self.before = before
        self.__name__ = self.__qualname__ = original.__name__
        self.__doc__ = original.__doc__
        self.__module__ = "os"
        self.__text_signature__ = getattr(original, "__text_signature__", None)

    def __call__(self, *args, **kwargs):
        self.before(args, kwargs)
        return self.original(*args, **kwargs)

    def __repr__(self):
        return repr(self.original)

    def __reduce__(self):
        return self.__name__


class WatchedListing(Watched):
    def __init__(self, original, quietly):
        Watched.__init__(self, original, None)
        self.quietly = quietly

    def __call__(self, *args, **kwargs):
        if sys._getframe(1).f_globals.get("__name__") in LISTS_PACKAGES and len(args) == 1 and not kwargs:
            names = self.quietly(args[0])
            if names is not None:
                return names
        return self.original(*args, **kwargs)


class Functions(object):
    """The part of Trace that puts its own functions in the places of Python's."""

    def watch_functions(self):
        for name in PROBES:
            self.watch(name, self.probe)
        for name in MOVES:
            self.watch(name, self.move)
        self.watch("open", self.open_at)
        for name in ("chroot", "unshare", "setns"):
            self.watch(name, self.leave)

        self.watch_packages()

    def watch_packages(self):
        def quietly(path):
            names = []
            self.guarded(self.list_packages, path, names)
            return names[0] if names else None

        watched = WatchedListing(self.listdir, quietly)
        if os.listdir is self.listdir:
            os.listdir = watched
            os.supports_fd.add(watched)

    def list_packages(self, path, result):
        place = self.place(path)
        names = None if place is None else self.list_quietly(path)
        if names is not None:
            self.note(place[0] + "M", place[1] + "\0" + PACKAGES)
            result.append(names)

    def list_quietly(self, path):
        """Without a trace in the access time, which is for listings of the step's own. Undefined (None) where that cannot be done."""
        # By this ending a log of system calls tells our listings from the step's (observation/call-reader.ts).
        path += b"/././." if isinstance(path, bytes) else "/././."
        try:
            descriptor = self.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOATIME)
        except OSError:
            return None
        try:
            return self.listdir(descriptor)
        finally:
            self.close(descriptor)

    def watch(self, name, act):
        original = getattr(self.posix, name, None)
        if original is None:
            return

        def before(args, kwargs):
            self.guarded(act, args, kwargs, name)

        watched = Watched(original, before)
        if getattr(os, name, None) is original:
            setattr(os, name, watched)
        setattr(self.posix, name, watched)
        for names in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
            if original in names:
                names.add(watched)

    def probe(self, args, kwargs, name):
        path = args[0] if args else kwargs.get("path", kwargs.get("fd"))
        if isinstance(path, int) or path is None:
            return
        if self.tested is not None:
            self.tested.append(path)
            return
        self.note_path("S", path, kwargs.get("dir_fd"))

    def move(self, args, kwargs, name):
        source = args[0] if args else kwargs.get("src")
        target = args[1] if len(args) > 1 else kwargs.get("dst")
        source_fd = kwargs.get("src_dir_fd")
        target_fd = kwargs.get("dst_dir_fd", kwargs.get("dir_fd"))
        self.note_path("S", target, target_fd)
        arrived = self.in_cache(target) if self.cache and target_fd is None and not isinstance(target, int) else None
        if arrived is not None:
            self.made_in_cache.add(arrived)
        if name != "symlink":
            self.note_path("S", source, source_fd)
            self.note_path("R", source, source_fd)
            return
        source, target = self.fsdecode(source), self.fsdecode(target)
        # A link names its target from where it stands.
        full = source if source.startswith("/") else target[: target.rfind("/") + 1] + source
        self.note_path("R", full, target_fd)
        resolved = os.path.normpath(full if full.startswith("/") else self.getcwd() + "/" + full)
        if self.root.startswith(resolved.rstrip("/") + "/"):
            self.note("X", "it makes a link to a folder around the repository")

    def open_at(self, args, kwargs, name):
        if kwargs.get("dir_fd") is not None:
            self.note_path("O", args[0] if args else kwargs.get("path"), kwargs.get("dir_fd"))

    def leave(self, args, kwargs, name):
        self.note("X", "it calls os.%s" % name)

    def self_test(self):
        """Tests that the usual questions come by here, in this version of Python."""
        self.tested = []
        for ask in (os.path.exists, os.path.isfile, os.path.isdir, os.path.lexists, os.path.islink):
            before = len(self.tested)
            ask(self.root)
            if len(self.tested) == before:
                self.note("X", "this version of Python asks for files in ways that are not known here")
        self.tested = None
        if sys.version_info < (3, 10) and "pathlib" in sys.modules:
            self.note("X", "pathlib was loaded before the trace began")

    # Imports

    def watch_importer(self):
        # The package importlib, which has it by another name, takes a millisecond to load.
        importer = sys.modules["_frozen_importlib_external"]
        find = importer.FileFinder.find_spec
        after = {"ssl": self.watch_certificates, "readline": self.watch_readline}
        known = set()
        for _, suffixes in importer._get_supported_file_loaders():
            known.update(suffixes)

        def find_spec(finder, fullname, target=None):
            self.guarded(self.note_module, finder, fullname, known)
            spec = find(finder, fullname, target)
            if fullname in after and spec is not None and spec.loader is not None:
                self.guarded(self.call_after, spec.loader, after[fullname])
            return spec

        find_spec.__doc__ = find.__doc__
        importer.FileFinder.find_spec = find_spec
        namespace = importer.__dict__
        listdir, frame, local = self.listdir, self.frame, self.local

        def list_for_importer(*args, **kwargs):
            """For the importer's lists of names the module's name is noted: its listing must not pass for one of the step's."""
            if frame(1).f_globals is not namespace or kwargs or len(args) != 1:
                return listdir(*args, **kwargs)
            was_busy = getattr(local, "busy", False)
            local.busy = True
            try:
                names = self.list_quietly(args[0])
                # Where it is not to be had, the access time shows, and the whole listing counts.
                return listdir(*args) if names is None else names
            finally:
                local.busy = was_busy

        self.passing.append(list_for_importer.__code__)
        self.posix.listdir = list_for_importer

    def watch_translations(self):
        """The one function of the built-in modules by which the C library looks for files later on."""
        import _locale

        original = getattr(_locale, "bindtextdomain", None)
        if original is None:
            return

        def bindtextdomain(domain, folder, *rest):
            if folder is not None:
                self.guarded(self.note, "X", "it has the C library look for translations (bindtextdomain)")
            return original(domain, folder, *rest)

        _locale.bindtextdomain = bindtextdomain
        loaded = sys.modules.get("locale")
        if getattr(loaded, "bindtextdomain", None) is original:
            loaded.bindtextdomain = bindtextdomain

    def call_after(self, loader, act):
        """Once the module is there, its functions that give paths to C code are watched."""
        execute = loader.exec_module

        def exec_module(module):
            execute(module)
            self.guarded(act, module)

        loader.exec_module = exec_module

    def watch_certificates(self, ssl):
        context = ssl.SSLContext
        for name in ("load_verify_locations", "load_cert_chain", "load_dh_params"):
            self.watch_paths(context, name, 1)
        if hasattr(ssl._ssl, "_test_decode_cert"):
            self.watch_paths(ssl._ssl, "_test_decode_cert", 0)

    def watch_readline(self, readline):
        for name in ("read_history_file", "read_init_file", "append_history_file"):
            if hasattr(readline, name):
                self.watch_paths(readline, name, 0)

    def watch_paths(self, owner, name, first):
        original = getattr(owner, name)

        def watched(*args, **kwargs):
            for path in list(args[first:]) + list(kwargs.values()):
                if isinstance(path, (str, bytes)) or hasattr(path, "__fspath__"):
                    self.guarded(self.note_path, "O", path if isinstance(path, bytes) else self.fspath(path))
            return original(*args, **kwargs)

        watched.__name__, watched.__doc__ = name, original.__doc__
        setattr(owner, name, watched)

    def note_module(self, finder, fullname, known):
        place = self.place(finder.path or ".")
        if place is None:
            return
        self.note(place[0] + "M", place[1] + "\0" + fullname.rpartition(".")[2])
        if any(suffix not in known for suffix, _ in finder._loaders):
            self.note("X", "it looks for modules with other endings than Python's own")
