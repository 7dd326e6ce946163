namespace DynamicRcnn.Weights;

/// <summary>
/// Which names off <see cref="PickleCalls"/>'s list a pickle may speak of beside its weights. Nothing is made of any of them, so the rule is about
/// what a file is told to be: one that asks Python to run, open or import something is refused as a whole, one that keeps a hook's or a logger's
/// object beside its weights is read without that object.
/// </summary>
internal static class PickleNames
{
    private const int LongestName = 256;

    /// <summary>Names that stand for plain data, though they are Python's own or no classes.</summary>
    private static readonly HashSet<string> data =
    [
        .. Named(["builtins", "__builtin__"], "bool bytearray bytes complex dict float frozenset int list long object"),
        .. Named(["builtins", "__builtin__"], "getattr range set slice str tuple unicode xrange"),
        .. Named(["copyreg", "copy_reg"], "_reconstructor"),
        .. Named(["collections"], "Counter defaultdict deque"),
        .. Named(["datetime"], "date datetime time timedelta timezone tzinfo"),
        .. Named(["pathlib", "pathlib._local"], "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath"),
        .. Named(["argparse"], "Namespace"),
        .. Named(["types"], "SimpleNamespace"),
        .. Named(["decimal"], "Decimal"),
        .. Named(["fractions"], "Fraction"),
        .. Named(["time"], "struct_time"),
        .. Named(["uuid"], "UUID"),
        .. Named(["torch"], "device bfloat16 bool complex64 complex128 double float float16 float32 float64 half"),
        .. Named(["torch"], "int int8 int16 int32 int64 long short uint8 channels_last contiguous_format strided"),
        .. Named(["torch.serialization"], "_get_layout"),
        .. Named(["torch._tensor"], "_rebuild_from_type_v2"),
        .. Named(["torch._utils"], "_rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor"),
        .. Named(["numpy"], "bool bool_ bytes_ complex64 complex128 datetime64 float16 float32 float64 int8 int16"),
        .. Named(["numpy"], "int32 int64 object_ str_ timedelta64 uint8 uint16 uint32 uint64"),
        .. Named(["numpy.random._pickle"], "__bit_generator_ctor __generator_ctor __randomstate_ctor"),
        .. Named(["numpy.random"], "__RandomState_ctor"),
    ];

    /// <summary>Modules of Python itself, 2 and 3: what they hold can run, open or import anything.</summary>
    private static readonly HashSet<string> python =
    [
        .. Words(
            """
            BaseHTTPServer ConfigParser Cookie Queue SocketServer StringIO UserDict UserList abc aifc anydbm antigravity argparse
            array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 cPickle cProfile cStringIO
            calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys commands compileall compression concurrent
            configparser contextlib contextvars cookielib copy copy_reg copyreg crypt csv ctypes curses dataclasses datetime dbm
            decimal difflib dis distutils doctest email encodings ensurepip enum errno exceptions faulthandler fcntl filecmp
            fileinput fnmatch formatter fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip
            hashlib heapq hmac html http httplib idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword
            lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt
            multiprocessing netrc new nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev parser
            pathlib pdb pickle pickletools pipes pkgutil platform plistlib popen2 poplib posix posixpath pprint profile pstats
            pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy
            sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3
            sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symbol symtable sys
            sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this thread threading time timeit tkinter
            token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib
            urllib2 urlparse uu uuid venv warnings wave weakref webbrowser whichdb winreg winsound wsgiref xdrlib xml xmlrpc
            xmlrpclib zipapp zipfile zipimport zlib zoneinfo
            """
        ),
    ];

    /// <summary>
    /// Whether a name may be passed over: plain data, or a class of a package that is not Python's own, or a method of such a class. A function
    /// of a package is none of them; it tells itself from a class by its first letter.
    /// </summary>
    /// <param name="whole">Module and name with a dot between.</param>
    /// <param name="module">The module.</param>
    /// <param name="name">The name in it.</param>
    public static bool MaySkip(string whole, string module, string name)
    {
        if (whole.Length > LongestName || !whole.All(IsNameLetter))
        {
            return false;
        }
        int dot = module.IndexOf('.', StringComparison.Ordinal);
        ReadOnlySpan<char> package = dot < 0 ? module : module.AsSpan(0, dot);
        return data.Contains(whole)
            || (
                !python.GetAlternateLookup<ReadOnlySpan<char>>().Contains(package)
                && (!package.StartsWith('_') || package is "__main__")
                && IsClass(name)
            );
    }

    /// <summary>Whether it is Python's function that looks up an attribute, which is how methods of classes are written.</summary>
    public static bool IsAttributeLookUp(SkippedObject skipped) =>
        skipped is { Module: "builtins" or "__builtin__", Name: "getattr" };

    /// <summary>Whether an attribute's name is no key to Python itself, as <c>__globals__</c> is.</summary>
    public static bool IsAttribute(ReadOnlySpan<char> name) => name.Length > 0 && !name.StartsWith("__");

    private static bool IsClass(string name)
    {
        foreach (Range part in name.AsSpan().Split('.'))
        {
            if (!IsAttribute(name.AsSpan(part)))
            {
                return false;
            }
        }
        return name.AsSpan().TrimStart('_') is [>= 'A' and <= 'Z', ..];
    }

    private static bool IsNameLetter(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.';

    private static IEnumerable<string> Named(string[] modules, string names) =>
        modules.SelectMany(module => Words(names).Select(name => $"{module}.{name}"));

    private static string[] Words(string text) =>
        text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
