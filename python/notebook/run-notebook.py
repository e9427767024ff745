"""Runs a notebook as a step of Headrace: python3 run-notebook.py NOTEBOOK [ARGUMENT...]

Its cells run one after the other in a kernel of their own; what they print appears at once. The step's parameters come after the cell tagged
`parameters`, the arguments are the kernel's sys.argv. The notebook with its results is written to the outputs, also when a cell fails.
"""

import asyncio
import json
import keyword
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import warnings

MINUTES = 600
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Failure(Exception):
    """A failure that the user can mend: reported in words, without a traceback of ours."""

    def __init__(self, message, hint=None, status=1):
        super().__init__(message)
        self.hint, self.status = hint, status


class Stopped(Exception):
    """Somebody stops the step."""


# The step's log


class Log:
    """Both streams as the cells write them. A last line without an end does not run into the output of the next cell."""

    def __init__(self):
        self.mid_line = {"stdout": False, "stderr": False}

    def write(self, name, text):
        if text == "":
            return
        stream = sys.stderr if name == "stderr" else sys.stdout
        stream.write(text)
        stream.flush()
        self.mid_line[name if name == "stderr" else "stdout"] = not text.endswith("\n")

    def line(self, name, text):
        self.end_line(name)
        self.write(name, text + "\n")

    def end_line(self, name):
        if self.mid_line[name]:
            self.write(name, "\n")


def plain(text):
    return ANSI.sub("", text)


# The parameters of the step as a cell


def python_literal(value):
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return 'float("%s")' % value
    if isinstance(value, list):
        return "[" + ", ".join(python_literal(item) for item in value) + "]"
    return repr(value)


def r_literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return "list(" + ", ".join(r_literal(item) for item in value) + ")"
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Inf", "-inf": "-Inf"}.get(repr(value), repr(value))
    return repr(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def julia_literal(value):
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(julia_literal(item) for item in value) + "]"
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Inf", "-inf": "-Inf"}.get(repr(value), repr(value))
    return repr(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False).replace("$", "\\$")


LANGUAGES = {"python": (python_literal, "%s = %s"), "r": (r_literal, "%s = %s"), "julia": (julia_literal, "%s = %s")}


def variable_name(name):
    """As argparse makes a name of `--learning-rate`."""
    name = re.sub(r"\W", "_", name)
    if name == "" or name[0].isdigit() or keyword.iskeyword(name):
        name = "_" + name
    return name


def parameters_source(values, language):
    literal, assignment = LANGUAGES[language]
    return "\n".join(["# Parameters"] + [assignment % (variable_name(name), literal(value)) for name, value in values.items()])


def tags_of(cell):
    tags = cell.get("metadata", {}).get("tags", [])
    return tags if isinstance(tags, list) else []


def place_of_parameters(notebook):
    """Index at which the cell comes, and whether the notebook says so; a cell of an earlier injection is removed."""
    notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in tags_of(cell)]
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and "parameters" in tags_of(cell):
            return index + 1, True
    return 0, False


def inject_parameters(nbformat, notebook, values, language, log):
    index, is_tagged = place_of_parameters(notebook)
    if not values:
        return
    if language not in LANGUAGES:
        if is_tagged:
            raise Failure(
                "parameters cannot be given to a notebook in the language %s" % language,
                "let the notebook read parameters.json in the folder that the variable VH_CONFIG_DIR names, and take the tag `parameters` away",
            )
        log.line("stderr", "headrace: a notebook in the language %s gets its parameters only from parameters.json in VH_CONFIG_DIR" % language)
        return
    cell = nbformat.v4.new_code_cell(parameters_source(values, language), metadata={"tags": ["injected-parameters"]})
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        cell.pop("id", None)
    notebook.cells.insert(index, cell)


def read_parameters():
    with open(os.path.join(os.environ["VH_CONFIG_DIR"], "parameters.json"), encoding="utf-8") as file:
        return json.load(file)


# The notebook as a file


def load_libraries(path):
    try:
        import ipykernel  # noqa: F401
        import jupyter_client
        import nbclient
        import nbformat
    except ImportError as error:
        raise Failure(
            "%s cannot be run: the step's Python (%s) has no %s" % (path, sys.executable, error.name or error),
            "name the packages in the step, `python: {packages: [ipykernel, nbclient]}`, or install them in its image",
        )
    return nbformat, nbclient, jupyter_client


def read_notebook(nbformat, path):
    if not os.path.isfile(path):
        raise Failure("there is no notebook %s" % path, "paths begin at the repository's folder, unless the command changes it")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        raise Failure("%s is no notebook: %s" % (path, " ".join(str(error).split())[:300]), "open it in Jupyter and save it anew")
    for cell in notebook.cells:
        # Results of another run would look like this one's.
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


class Result:
    """The executed notebook among the outputs; there from the beginning, so that whatever ends the step leaves what was reached."""

    def __init__(self, nbformat, notebook, path):
        self.nbformat, self.notebook = nbformat, notebook
        self.file = self.reserve(os.environ["VH_OUTPUTS_DIR"], os.path.basename(path)[: -len(".ipynb")])
        self.next_save = 0.0

    def reserve(self, folder, stem):
        """A step may run one notebook twice, and two of one name."""
        number = 1
        while True:
            path = os.path.join(folder, stem + ("" if number == 1 else "-%d" % number) + ".ipynb")
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
                return path
            except FileExistsError:
                number += 1

    def save(self):
        began = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = self.nbformat.writes(self.notebook)
        aside = self.file + ".part"
        with open(aside, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text if text.endswith("\n") else text + "\n")
        os.replace(aside, self.file)
        now = time.monotonic()
        self.next_save = now + max(5.0, 20 * (now - began))

    def save_sometimes(self):
        if time.monotonic() >= self.next_save:
            self.save()


# The kernel


def choose_kernel(jupyter_client, notebook):
    """The step's own Python, unless the notebook names a kernel of another language, or one that was installed into that very Python."""
    manager = jupyter_client.kernelspec.KernelSpecManager()
    named = notebook.metadata.get("kernelspec", {})
    name = named.get("name", "")
    language = named.get("language") or notebook.metadata.get("language_info", {}).get("name") or "python"
    try:
        spec = manager.get_kernel_spec(name) if name else None
    except jupyter_client.kernelspec.NoSuchKernel:
        spec = None
    if spec is not None:
        language = spec.language or language
    is_python = language.lower() in ("python", "python3", "ipython")
    if is_python and (spec is None or name == "python3" or not is_within(spec.resource_dir, sys.prefix)):
        spec = jupyter_client.kernelspec.KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], display_name="Python 3", language="python"
        )
    elif spec is None:
        known = ", ".join(sorted(manager.find_kernel_specs())) or "none"
        raise Failure("the notebook's kernel %s (%s) is not there; known: %s" % (name or "without a name", language, known), "install it in the step's image")
    return spec, "python" if is_python else language.lower()


def is_within(path, folder):
    return os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


def make_manager(jupyter_client, spec, language, folder):
    class OneKernel(jupyter_client.kernelspec.KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            return spec

    manager = jupyter_client.AsyncKernelManager(kernel_name="headrace", kernel_spec_manager=OneKernel())
    manager.connection_file = os.path.join(folder, "kernel.json")
    if language == "python":
        # No ports: two notebooks cannot take one from each other, and a step without a network runs as well.
        manager.transport, manager.ip = "ipc", os.path.join(folder, "kernel")
    return manager


def make_client(nbclient, notebook, manager, log):
    class Client(nbclient.NotebookClient):
        def process_message(self, message, cell, cell_index):
            content = message["content"]
            if message["msg_type"] == "stream":
                log.write(content["name"], content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                text = content["data"].get("text/plain")
                if text:
                    log.line("stdout", plain("".join(text)))
            return super().process_message(message, cell, cell_index)

    return Client(
        notebook,
        km=manager,
        timeout=None,
        startup_timeout=MINUTES,
        # The default loses, without failing, what comes later than 4 seconds after a cell's end.
        iopub_timeout=MINUTES,
        raise_on_iopub_timeout=True,
        store_widget_state=True,
        allow_errors=False,
    )


class Run:
    def __init__(self, path, arguments, log):
        self.path, self.arguments, self.log = path, arguments, log
        self.nbformat, self.nbclient, self.jupyter_client = load_libraries(path)
        self.notebook = read_notebook(self.nbformat, path)
        self.spec, self.language = choose_kernel(self.jupyter_client, self.notebook)
        if arguments and self.language != "python":
            raise Failure("%s is no Python notebook and takes no arguments" % path, "its parameters are variables, without `{parameters}` in the command")
        inject_parameters(self.nbformat, self.notebook, read_parameters(), self.language, log)
        self.result = Result(self.nbformat, self.notebook, path)
        self.signal = self.cell = self.interrupting = None
        self.is_busy = False

    def cells(self):
        """Those that run: their number is the one in brackets beside the cell."""
        return [(index, cell) for index, cell in enumerate(self.notebook.cells) if cell.cell_type == "code" and cell.source.strip() != ""]

    async def to_its_end(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop, number)
        folder = tempfile.mkdtemp(prefix="headrace-kernel-")
        self.result.save()
        try:
            await self.in_kernel(folder)
        finally:
            self.result.save()
            shutil.rmtree(folder, ignore_errors=True)

    async def in_kernel(self, folder):
        self.manager = make_manager(self.jupyter_client, self.spec, self.language, folder)
        client = make_client(self.nbclient, self.notebook, self.manager, self.log)
        try:
            arguments = self.kernel_arguments()
            await self.manager.start_kernel(extra_arguments=arguments, cwd=os.path.dirname(self.path) or ".", env=kernel_environment(folder))
            await client.async_start_new_kernel_client()
            await self.learn_language(client)
            await self.execute(client)
            client.set_widgets_metadata()
        finally:
            await self.end_kernel(client)

    def kernel_arguments(self):
        if self.language != "python":
            return []
        lines = ["import sys; sys.argv = %r" % ([self.path] + self.arguments)]
        return ["--IPKernelApp.exec_lines=%r" % lines, "--HistoryManager.enabled=False"]

    async def learn_language(self, client):
        info = await client.async_wait_for_reply(client.kc.kernel_info())
        if info is not None and "language_info" in info["content"]:
            self.notebook.metadata["language_info"] = info["content"]["language_info"]

    async def execute(self, client):
        cells = self.cells()
        for number, (index, cell) in enumerate(cells, 1):
            if self.signal is not None:
                raise Stopped()
            self.log.line("stderr", "%s: cell %d of %d" % (self.path, number, len(cells)))
            self.cell, self.is_busy = (number, len(cells), cell), True
            try:
                await client.async_execute_cell(cell, index)
            except (self.nbclient.exceptions.CellExecutionError, self.nbclient.exceptions.DeadKernelError) as error:
                if self.ended_by_itself():
                    return
                await self.fail(error)
            finally:
                self.is_busy = False
                for name in ("stdout", "stderr"):
                    self.log.end_line(name)
            self.result.save_sometimes()

    def error_output(self):
        errors = [output for output in self.cell[2].outputs if output.output_type == "error"]
        return errors[-1] if errors else None

    def ended_by_itself(self):
        error = self.error_output()
        return self.signal is None and error is not None and error.ename == "SystemExit" and error.evalue in ("", "0", "None")

    async def fail(self, cause):
        if self.signal is not None:
            raise Stopped()
        number, count, _ = self.cell
        where = "%s: cell %d of %d" % (self.path, number, count)
        error = self.error_output()
        if error is None:
            raise await self.kernel_death(where, cause)
        if error.ename == "SystemExit":
            status = int(error.evalue) & 255 if re.fullmatch(r"-?\d+", error.evalue) else 1
            raise Failure("%s ended the notebook: SystemExit: %s" % (where, error.evalue), status=status or 1)
        self.log.line("stderr", plain("\n".join(error.traceback)) or "%s: %s" % (error.ename, error.evalue))
        raise Failure("%s failed: %s" % (where, plain(error.ename + (": " + error.evalue if error.evalue else "")).strip()))

    async def kernel_death(self, where, cause):
        code = None
        if isinstance(cause, self.nbclient.exceptions.DeadKernelError) and self.manager.provisioner is not None:
            code = await self.manager.provisioner.poll()
        if code is None:
            return Failure("%s failed: %s" % (where, " ".join(plain(str(cause)).split())))
        if code >= 0:
            return Failure("%s ended the kernel with status %d" % (where, code), status=code or 1)
        hint = "memory may have run out" if code == -signal.SIGKILL else None
        return Failure("%s: the kernel was killed by %s" % (where, signal.Signals(-code).name), hint, status=128 - code)

    # Stopping

    def stop(self, number):
        """The notebook is kept at once: what is to come may not be in time."""
        first = self.signal is None
        self.signal = number
        self.result.save()
        if first:
            self.interrupting = asyncio.ensure_future(self.interrupt(number))

    async def interrupt(self, number):
        # A stop is sent to all processes of a step. A kernel that is told twice may lose the traceback of the first time.
        if number == signal.SIGINT:
            await asyncio.sleep(1)
        if self.is_busy and getattr(self, "manager", None) is not None and self.manager.has_kernel:
            await self.manager.interrupt_kernel()

    async def end_kernel(self, client):
        """In peace, so that what libraries do at the end is done, unless the step is being stopped."""
        try:
            if self.manager.has_kernel:
                self.manager.shutdown_wait_time = 60 if self.signal is None else 1
                await self.manager.shutdown_kernel(now=False)
            if client.kc is not None:
                client.kc.stop_channels()
        except Exception as error:
            self.log.line("stderr", "headrace: the kernel could not be ended: %s" % error)


def kernel_environment(folder):
    """The profile and the history of whoever starts the run are no part of the step."""
    own = {"IPYTHONDIR": os.path.join(folder, "ipython"), "JUPYTER_RUNTIME_DIR": folder, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {**os.environ, **own}


def main(path, arguments):
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    warnings.simplefilter("ignore")
    log, run = Log(), None
    try:
        run = Run(path, arguments, log)
        asyncio.run(run.to_its_end())
    except Stopped:
        log.line("stderr", "%s: stopped in cell %d of %d" % (path, run.cell[0], run.cell[1]) if run.cell else "%s: stopped" % path)
    except Failure as failure:
        log.line("stderr", str(failure))
        if failure.hint is not None:
            log.line("stderr", "  hint: " + failure.hint)
        return failure.status
    if run.signal is not None:
        signal.signal(run.signal, signal.SIG_DFL)
        os.kill(os.getpid(), run.signal)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
