"""Code in the pickle, by every opcode that calls: named in the listing, never run."""

from __future__ import annotations

import zlib
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import beside, checkpoint
from tests.hostile.attack import CANARY, harmless, inert, opens, refused

SYSTEM = "posix.system"


def touch(folder: Path) -> bytes:
    """Push the call that writes the canary."""
    return op.call(op.name("posix", "system"), op.text(f"touch '{folder / CANARY}'"))


def evaluated(folder: Path, function: str = "eval") -> bytes:
    code = f"open({str(folder / CANARY)!r}, 'w').close()"
    return op.call(op.name("builtins", function), op.text(code))


@inert("w", names=(SYSTEM,), live=True)
def reduce_calls_system(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", touch(folder))))


@inert("w", names=("builtins.eval",), live=True)
def reduce_calls_eval(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", evaluated(folder))))


@inert("w", names=("builtins.exec",), live=True)
def reduce_calls_exec(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", evaluated(folder, "exec"))))


@inert("w", names=("subprocess.Popen",), live=True)
def reduce_calls_popen(folder: Path) -> Path:
    arguments = op.list_of(op.text("touch"), op.text(str(folder / CANARY)))
    call = op.call(op.name("subprocess", "check_call"), arguments)
    unused = op.name("subprocess", "Popen")
    return checkpoint(folder, beside(("x", call), ("y", unused)))


@inert("w", names=("os.system",), live=True)
def python_2_inst_opcode(folder: Path) -> Path:
    command = op.text(f"touch '{folder / CANARY}'")
    return checkpoint(folder, beside(("x", op.MARK + command + b"ios\nsystem\n")))


@inert("w", names=(SYSTEM,), live=True)
def obj_opcode(folder: Path) -> Path:
    command = op.text(f"touch '{folder / CANARY}'")
    return checkpoint(
        folder, beside(("x", op.MARK + op.name("posix", "system") + command + op.OBJ))
    )


@inert("w", names=("subprocess.Popen",), live=True)
def newobj_opcode(folder: Path) -> Path:
    target = op.name("subprocess", "Popen")
    made = op.call(target, op.list_of(op.text("touch"), op.text(str(folder / CANARY))))
    new = target + op.EMPTY_TUPLE + op.NEWOBJ
    return checkpoint(folder, beside(("x", made), ("y", new)))


@inert("w", names=("collections.evil",))
def newobj_ex_opcode(folder: Path) -> Path:
    made = op.name("collections", "evil") + op.EMPTY_TUPLE + op.EMPTY_DICT + op.NEWOBJ_EX
    return checkpoint(folder, beside(("x", made)), 4)


@inert("w", names=("os.system",), live=True)
def stack_global_opcode(folder: Path) -> Path:
    found = op.text("os") + op.text("system") + op.STACK_GLOBAL
    call = op.call(found, op.text(f"touch '{folder / CANARY}'"))
    return checkpoint(folder, beside(("x", call)), 4)


@inert("w", names=(SYSTEM,), live=True)
def result_is_popped_at_once(folder: Path) -> Path:
    return checkpoint(folder, touch(folder) + op.POP + beside())


@inert("w", names=(SYSTEM,), live=True)
def result_is_popped_with_its_mark(folder: Path) -> Path:
    return checkpoint(folder, op.MARK + touch(folder) + op.POP_MARK + beside())


@inert("w", names=(SYSTEM,), live=True)
def call_as_a_dict_key(folder: Path) -> Path:
    return checkpoint(folder, beside((touch(folder), op.number(1))))


@inert("w", names=(SYSTEM,), live=True)
def call_in_the_hooks_of_a_tensor(folder: Path) -> Path:
    hooks = op.list_of(touch(folder))
    return checkpoint(folder, op.dict_of(("w", op.tensor(hooks=hooks))))


@inert("w", names=(SYSTEM,), live=True)
def call_as_requires_grad(folder: Path) -> Path:
    return checkpoint(folder, op.dict_of(("w", op.tensor(requires_grad=touch(folder)))))


@refused("storage", live=True)
def call_as_a_storage_key(folder: Path) -> Path:
    pid = op.tuple_of(
        op.text("storage"), op.name("torch", "FloatStorage"), touch(folder), op.text("cpu"),
        op.number(6),
    )  # fmt: skip
    return checkpoint(folder, op.dict_of(("w", op.tensor(pid + op.BINPERSID))))


@inert("w", names=(SYSTEM,), live=True)
def call_as_a_persistent_id(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", touch(folder) + op.BINPERSID)))


@refused(live=True)
def call_as_a_size(folder: Path) -> Path:
    made = op.call(
        op.name("torch._utils", "_rebuild_tensor_v2"), op.storage(), op.number(0), touch(folder),
        op.numbers(3, 1), op.FALSE, op.EMPTY_DICT,
    )  # fmt: skip
    return checkpoint(folder, op.dict_of(("w", made)))


@inert("w", names=("torch.hub._exec",), live=False)
def a_bad_name_inside_torch(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.call(op.name("torch.hub", "_exec"), op.number(1)))))


@inert("w", names=("numpy.__builtins__.eval",))
def dotted_name_inside_numpy(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.name("numpy", "__builtins__.eval"))), 4)


@inert("w", names=("builtins.getattr", "builtins.__import__"), live=True)
def getattr_chain(folder: Path) -> Path:
    module = op.call(op.name("builtins", "__import__"), op.text("os"))
    system = op.call(op.name("builtins", "getattr"), module, op.text("system"))
    return checkpoint(folder, beside(("x", op.call(system, op.text(f"touch '{folder / CANARY}'")))))


@inert("w", names=("operator.attrgetter",), live=True)
def attrgetter_chain(folder: Path) -> Path:
    getter = op.call(op.name("operator", "attrgetter"), op.text("system"))
    module = op.call(op.name("importlib", "import_module"), op.text("os"))
    found = op.call(getter, module)
    return checkpoint(folder, beside(("x", op.call(found, op.text(f"touch '{folder / CANARY}'")))))


@inert("w", names=("functools.partial",), live=True)
def partial_and_map(folder: Path) -> Path:
    bound = op.call(
        op.name("functools", "partial"), op.name("posix", "system"),
        op.text(f"touch '{folder / CANARY}'"),
    )  # fmt: skip
    return checkpoint(folder, beside(("x", bound + op.EMPTY_TUPLE + op.REDUCE)))


@inert("w", names=("pathlib.PosixPath.touch",), live=True)
def pathlib_touch(folder: Path) -> Path:
    path = op.call(op.name("pathlib", "PosixPath"), op.text(str(folder / CANARY)))
    touching = op.text("pathlib") + op.text("PosixPath.touch") + op.STACK_GLOBAL
    return checkpoint(folder, beside(("x", op.call(touching, path))), 4)


@inert("w", names=("builtins.open",), live=True)
def open_for_writing(folder: Path) -> Path:
    call = op.call(op.name("builtins", "open"), op.text(str(folder / CANARY)), op.text("w"))
    return checkpoint(folder, beside(("x", call)))


@inert("w", names=("logging.FileHandler",), live=True)
def logging_handler(folder: Path) -> Path:
    call = op.call(op.name("logging", "FileHandler"), op.text(str(folder / CANARY)))
    return checkpoint(folder, beside(("x", call)))


@inert("w", names=("socket.create_connection",))
def opens_a_socket(folder: Path) -> Path:
    where = op.tuple_of(op.text("127.0.0.1"), op.number(9))
    return checkpoint(folder, beside(("x", op.call(op.name("socket", "create_connection"), where))))


@inert("w", names=("urllib.request.urlopen",))
def opens_a_url(folder: Path) -> Path:
    call = op.call(op.name("urllib.request", "urlopen"), op.text("http://127.0.0.1:9/"))
    return checkpoint(folder, beside(("x", call)))


@inert("w", names=("evil_module_of_the_folder.run",))
def imports_a_module_beside_the_file(folder: Path) -> Path:
    trap = f"open({str(folder / CANARY)!r}, 'w').close()\ndef run(): pass\n"
    for module in ("evil_module_of_the_folder", "numpy", "zlib", "json", "inspector"):
        (folder / f"{module}.py").write_text(trap)
    return checkpoint(folder, beside(("x", op.name("evil_module_of_the_folder", "run"))))


@inert("w", names=("antigravity.x", "this.s"))
def names_modules_that_act_when_imported(folder: Path) -> Path:
    return checkpoint(
        folder, beside(("x", op.name("antigravity", "x")), ("y", op.name("this", "s")))
    )


@inert("w", names=("posix.system",), live=True)
def build_with_a_call_as_state(folder: Path) -> Path:
    made = op.call(op.name("collections", "OrderedDict")) + touch(folder) + op.BUILD
    return checkpoint(folder, touch(folder) + op.POP + beside(("x", made[: -len(b"b")] + op.POP)))


@inert("w", names=("torch.serialization.FILE_LIKE",))
def build_on_a_class(folder: Path) -> Path:
    poison = op.name("collections", "OrderedDict") + op.dict_of(("pop", op.NONE)) + op.BUILD
    other = op.name("torch.serialization", "FILE_LIKE") + op.dict_of(("x", op.NONE)) + op.BUILD
    return checkpoint(folder, poison + op.POP + beside(("x", other)))


@inert("w")
def build_on_every_plain_kind(folder: Path) -> Path:
    state = op.dict_of(("__class__", op.number(1)), ("real", op.number(2)))
    kinds = [op.number(1), op.text("a"), op.NONE, op.EMPTY_TUPLE, op.TRUE, op.numbers(1, 2)]
    built = [(f"x{n}", kind + state + op.BUILD) for n, kind in enumerate(kinds)]
    return checkpoint(folder, beside(*built))


@inert("w", names=("builtins.type",))
def slots_state_on_a_class(folder: Path) -> Path:
    state = op.tuple_of(op.NONE, op.dict_of(("__reduce__", op.number(1))))
    return checkpoint(folder, beside(("x", op.name("builtins", "type") + state + op.BUILD)))


@inert("w", names=("__main__.Net",), live=True)
def setstate_of_a_whole_model(folder: Path) -> Path:
    state = op.dict_of(
        ("_modules", op.dict_of()),
        ("_parameters", op.dict_of(("w", op.tensor()))),
        ("_buffers", op.dict_of()),
        ("hook", touch(folder)),
    )
    net = op.call(op.name("collections", "OrderedDict")) + op.POP
    made = op.name("__main__", "Net") + op.EMPTY_TUPLE + op.NEWOBJ + state + op.BUILD
    return checkpoint(folder, touch(folder) + op.POP + net + made)


@inert("w", names=("copyreg.extension.1", "copyreg.extension.300"))
def extension_registry(folder: Path) -> Path:
    return checkpoint(
        folder, beside(("x", b"\x82\x01"), ("y", b"\x83\x2c\x01"), ("z", b"\x84\x01\x00\x01\x00"))
    )


@inert("w", names=("torch.jit._unpickler.restore_type_tag",))
def calls_of_torch_functions_with_wrong_arguments(folder: Path) -> Path:
    known = [
        op.call(op.name("torch", "device"), op.EMPTY_DICT),
        op.call(op.name("torch", "Size"), op.number(3)),
        op.call(op.name("torch", "Size")),
        op.call(op.name("collections", "OrderedDict"), op.number(7)),
        op.call(op.name("builtins", "set"), op.number(1)),
        op.call(op.name("builtins", "complex"), op.text("1"), op.NONE),
        op.call(op.name("builtins", "bytearray"), op.number(1 << 62)),
        op.call(op.name("_codecs", "encode"), op.number(1), op.text("latin1")),
        op.call(op.name("numpy.core.multiarray", "scalar"), op.NONE),
        op.call(op.name("numpy.core.multiarray", "_reconstruct")) + op.tuple_of() + op.BUILD,
        op.call(op.name("numpy", "dtype")),
        op.call(op.name("datetime", "datetime"), op.text("x")),
        op.call(op.name("torch.serialization", "_get_layout")),
        op.call(op.name("torch.jit._unpickler", "restore_type_tag"), op.NONE),
    ]
    return checkpoint(folder, beside(*((f"x{n}", made) for n, made in enumerate(known))))


@inert("w", names=("_codecs.decode",))
def codecs_with_strange_encodings(folder: Path) -> Path:
    slow = op.call(op.name("_codecs", "encode"), op.text("é" * 20_000), op.text("punycode"))
    packed = zlib.compress(bytes(1 << 20))
    other = op.call(op.name("_codecs", "decode"), op.raw(packed), op.text("zlib"))
    return checkpoint(folder, beside(("x", slow), ("y", other)), 3)


@harmless(live=True)
def a_call_and_then_rubbish(folder: Path) -> Path:
    return checkpoint(folder, touch(folder) + op.POP + b"\xff\xff")


@refused("pickle", live=True)
def a_call_and_then_the_end(folder: Path) -> Path:
    return checkpoint(folder, touch(folder) + op.POP + b"X\xff\xff\xff\x00")


@refused("pickle", live=True)
def a_call_and_then_an_underflow(folder: Path) -> Path:
    return checkpoint(folder, touch(folder) + op.POP + op.TUPLE3 + op.REDUCE)


@harmless(live=True)
def the_whole_object_is_a_call(folder: Path) -> Path:
    return checkpoint(folder, touch(folder))


@inert("w", names=(SYSTEM,), live=True)
def a_second_pickle_after_the_first(folder: Path) -> Path:
    """torch and pickle stop at STOP; the payload behind it is told as trailing bytes only."""
    return checkpoint(folder, touch(folder) + op.POP + beside() + op.STOP + touch(folder))


_FAMILIAR = (
    ("os", "popen"), ("os", "execv"), ("nt", "system"), ("commands", "getoutput"),
    ("webbrowser", "open"), ("runpy", "run_path"), ("pty", "spawn"), ("ctypes", "CDLL"),
    ("importlib", "reload"), ("types", "CodeType"), ("types", "FunctionType"),
    ("shutil", "rmtree"), ("tempfile", "mktemp"), ("pickle", "loads"), ("_pickle", "loads"),
    ("marshal", "loads"), ("shelve", "open"), ("dill", "loads"), ("joblib", "load"),
    ("torch", "load"), ("torch.storage", "_load_from_bytes"), ("torch.jit", "load"),
    ("torch.hub", "load"), ("torch.utils.cpp_extension", "load"), ("torch._inductor", "x"),
    ("numpy.testing._private.utils", "runstring"), ("numpy.f2py.crackfortran", "getlincoef"),
    ("pip", "main"), ("pip._internal", "main"), ("code", "InteractiveInterpreter"),
    ("bdb", "Bdb"), ("cProfile", "run"), ("timeit", "timeit"), ("doctest", "debug_script"),
    ("venv", "create"), ("ensurepip", "_run_pip"), ("asyncio.unix_events", "x"), ("ssl", "x"),
    ("smtplib", "SMTP"), ("ftplib", "FTP"), ("http.client", "HTTPConnection"),
    ("lib2to3.pgen2.grammar", "Grammar.loads"), ("idlelib.run", "Executive.runcode"),
    ("builtins", "compile"), ("builtins", "breakpoint"), ("builtins", "input"),
    ("sys", "modules"), ("sys", "setrecursionlimit"), ("gc", "get_objects"),
    ("inspector.checkpoint.byte_source", "ByteSource"), ("tests.conftest", "own_folders"),
)  # fmt: skip


def _familiar(module: str, attribute: str) -> None:
    def build(folder: Path) -> Path:
        found = op.name(module, attribute)
        return checkpoint(folder, beside(("x", op.call(found, op.text("x")))))

    title = f"names_{module}_{attribute}".replace(".", "_")
    opens(title, build, "w", names=(f"{module}.{attribute}",))


for _module, _attribute in _FAMILIAR:
    _familiar(_module, _attribute)
