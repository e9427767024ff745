/**
 * Stands between the user's terminal and a step that is worked with at it: a program in Python, since neither Node.js
 * nor a shell can make a pseudo-terminal. It makes one for the step, starts the wrapper with it as stdin
 * (wrapper-script.ts), carries what is typed one way and what the step prints the other way and into the log, and hands
 * changes of the window's size on.
 *
 * The step never holds the user's own terminal: what it pushes into its input (TIOCSTI), or leaves unread, goes with
 * the pseudo-terminal. Its answers to queries that the step made last are dropped, and modes that would garble a shell
 * are set back.
 *
 * When Headrace itself is killed (descriptor 3 ends), the pseudo-terminal goes, which the kernel tells the step
 * (SIGHUP); what lives on after a while is killed. When only the terminal goes, Headrace hears of it, too, and stops
 * the step; what that still prints reaches the log.
 *
 * The log gets lines as other steps write them: without the carriage return that a terminal adds to each.
 *
 * Where the step has secrets, a reader of streams (step/stream-reader.ts) hides them in the log. On the terminal they
 * show as the step prints them: it is that of somebody who works with the step.
 *
 * Arguments: the log, the wrapper's folder, the seconds until what outlives Headrace is killed, how many words the
 * reader's command has, these, then the wrapper's command.
 */
export const RELAY_SCRIPT = `
import fcntl, os, re, select, signal, sys, termios, time, tty

log_path, folder, grace_s, words = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
reader, command = sys.argv[5 : 5 + words], sys.argv[5 + words :]
USER, SCREEN, ENGINE = 0, 1, 3
MODES = re.compile(rb"\\x1b\\[\\?(1000|1002|1003|1004|1006|1049|2004|25)([hl])")

def copy_size(*_):
    try:
        size = fcntl.ioctl(USER, termios.TIOCGWINSZ, b"\\0" * 8)
        fcntl.ioctl(master, termios.TIOCSWINSZ, size)
    except OSError:
        pass

def start_wrapper(slave, logged):
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        # None of them may be one of those that they take the places of.
        slave, logged, nothing = (fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (slave, logged, nothing))
        for place, what in enumerate((slave, nothing, nothing, logged)):
            os.dup2(what, place)
        os.closerange(4, 256)
        for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGWINCH, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(each, signal.SIG_DFL)
        os.chdir(folder)
        os.execv(command[0], command)
    finally:
        os._exit(127)

def kill_tree(root):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                pass
    doomed = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in doomed} - doomed
        if not more:
            break
        doomed |= more
    for pid in doomed - {root} or {root}:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass

class Lines:
    # A carriage return at the end of a piece may be the first half of a line's end.
    held = b""

    def __init__(self, path):
        if not reader:
            self.file = open(path, "ab", buffering=0)
            return
        come, go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                nothing = fcntl.fcntl(os.open(os.devnull, os.O_RDWR), fcntl.F_DUPFD, 10)
                os.dup2(come, 0)
                for place in (1, 2, 3):
                    os.dup2(nothing, place)
                os.closerange(4, 256)
                os.execv(reader[0], reader)
            finally:
                os._exit(127)
        os.close(come)
        self.file = os.fdopen(go, "wb", buffering=0)

    def close(self):
        self.file.close()
        return not reader or os.waitpid(self.pid, 0)[1] == 0

    def add(self, data, ends=False):
        data = self.held + data
        self.held = b"\\r" if data.endswith(b"\\r") and not ends else b""
        data = data[: len(data) - len(self.held)].replace(b"\\r\\n", b"\\n")
        while data:
            data = data[self.file.write(data):]

def carry(log):
    global modes
    user, engine, pending, tail = True, True, b"", b""
    while True:
        reading = [master] + ([USER] if user and len(pending) < 65536 else []) + ([ENGINE] if engine else [])
        readable, writable, _ = select.select(reading, [master] if pending else [], [])
        if master in readable:
            try:
                data = os.read(master, 65536)
            except BlockingIOError:
                data = None
            except OSError:
                data = b""
            if data == b"":
                log.add(b"", ends=True)
                return True
            if data:
                try:
                    log.add(data)
                except OSError:
                    return False
                for mode, way in MODES.findall(tail + data):
                    modes[mode] = way
                tail = data[-16:]
                if user:
                    user = show(data)
        if USER in readable:
            try:
                data = os.read(USER, 4096)
            except OSError:
                data = b""
            pending += data
            user = data != b""
        if writable:
            try:
                pending = pending[os.write(master, pending):]
            except BlockingIOError:
                pass
            except OSError:
                pending = b""
        if ENGINE in readable and os.read(ENGINE, 1) == b"":
            return False

def show(data):
    try:
        while data:
            data = data[os.write(SCREEN, data):]
        return True
    except OSError:
        return False

def leave_screen():
    undo = b""
    for mode, way in modes.items():
        if way == (b"l" if mode == b"25" else b"h"):
            undo += b"\\x1b[?" + mode + (b"h" if mode == b"25" else b"l")
    show(undo)
    # What the terminal answers to the step's last question is nothing that anybody typed.
    time.sleep(0.05)
    try:
        termios.tcsetattr(USER, termios.TCSAFLUSH, saved)
    except termios.error:
        pass

def wait_for(pid, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
        time.sleep(0.05)
    return False

modes = {}
for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGTTOU):
    signal.signal(each, signal.SIG_IGN)
saved = termios.tcgetattr(USER)
master, slave = os.openpty()
termios.tcsetattr(slave, termios.TCSANOW, saved)
copy_size()
signal.signal(signal.SIGWINCH, copy_size)
log = Lines(log_path)
told, logged = os.pipe()
wrapper = start_wrapper(slave, told)
os.close(slave)
os.close(told)
os.set_blocking(master, False)
tty.setraw(USER, termios.TCSANOW)
try:
    whole = carry(log)
finally:
    leave_screen()
os.close(master)
if log.close() and whole:
    os.write(logged, b"logged\\n")
os.close(logged)
while not wait_for(wrapper, grace_s):
    if select.select([ENGINE], [], [], 0)[0]:
        kill_tree(wrapper)
`;
