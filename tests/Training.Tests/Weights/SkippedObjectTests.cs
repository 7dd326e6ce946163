using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Objects of unknown classes beside the weights and among them, and names that a file is refused for wherever they stand.</summary>
public sealed class SkippedObjectTests : IDisposable
{
    private readonly WeightsFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_object_beside_the_state_dict_is_passed_over_with_all_that_is_done_to_it()
    {
        byte[] pickle = Beside(pickle =>
            pickle
                .Global("mmengine.logging.history_buffer", "HistoryBuffer")
                .Code(')')
                .Code(0x81) // a new object
                .Code('}')
                .Text("max_length")
                .Number(1_000_000)
                .Code("sb"u8) // its state
                .Code("(K\u0001K\u0002u"u8) // items of a dictionary
                .Code("K\u0003a"u8) // an element of a list
                .Code("(K\u0004K\u0005e"u8)
        );
        Assert.Equal(["a"], folder.Read(InZip(pickle)).Tensors.Keys);
        Assert.Equal(["a"], folder.Read(InLegacy(pickle)).Tensors.Keys);
    }

    [Theory]
    [InlineData("pkg.hooks", "Hook", true)]
    [InlineData("__main__", "_Hook", true)]
    [InlineData("datetime", "datetime", true)]
    [InlineData("pathlib", "PosixPath", true)]
    [InlineData("torch", "device", true)]
    [InlineData("torch", "ComplexFloatStorage", true)]
    [InlineData("pkg", "Hook.method", true)]
    [InlineData("pkg", "Hook.__init__.__globals__", false)]
    [InlineData("pkg", "os.system", false)]
    [InlineData("pkg", "function", false)]
    [InlineData("pkg", "", false)]
    [InlineData("pkg", "_", false)]
    [InlineData("", "Hook", true)]
    [InlineData("pkg;os", "Hook", false)]
    [InlineData("os", "system", false)]
    [InlineData("nt", "system", false)]
    [InlineData("os.path", "Hook", false)]
    [InlineData("builtins", "eval", false)]
    [InlineData("__builtin__", "apply", false)]
    [InlineData("subprocess", "Popen", false)]
    [InlineData("functools", "partial", false)]
    [InlineData("_io", "FileIO", false)]
    [InlineData("torch", "load", false)]
    [InlineData("torch.storage", "_load_from_bytes", false)]
    [InlineData("numpy", "load", false)]
    public void Classes_of_packages_and_plain_data_are_passed_over_and_the_rest_is_refused(
        string module,
        string name,
        bool skipped
    )
    {
        byte[] old = InZip(Beside(pickle => pickle.Global(module, name)));
        byte[] stacked = InLegacy(Beside(pickle => pickle.Text(module).Text(name).Code(0x93)));
        if (skipped)
        {
            Assert.Single(folder.Read(old).Tensors);
            Assert.Single(folder.Read(stacked).Tensors);
        }
        else
        {
            string whole = $"'{module}.{name}'";
            Assert.Contains(whole, folder.Refused(old), StringComparison.Ordinal);
            Assert.Contains(whole, folder.Refused(stacked), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_dangerous_name_is_refused_in_the_state_of_a_skipped_object_too()
    {
        byte[] pickle = Beside(pickle =>
            pickle
                .Global("pkg", "Hook")
                .Code(')')
                .Code(0x81)
                .Global("posix", "system")
                .Text("true")
                .Code(0x85)
                .Code('R')
                .Code('b')
        );
        Assert.Contains("'posix.system'", folder.Refused(InZip(pickle)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkg", "Hook", "method", true)]
    [InlineData("pkg", "Hook", "_method", true)]
    [InlineData("pkg", "Hook", "__globals__", false)]
    [InlineData("torch", "Size", "method", false)]
    public void A_method_of_a_skipped_class_is_passed_over(string module, string name, string attribute, bool skipped)
    {
        byte[] pickle = Beside(pickle =>
            pickle.Global("__builtin__", "getattr").Global(module, name).Text(attribute).Code(0x86).Code('R')
        );
        if (skipped)
        {
            Assert.Single(folder.Read(InZip(pickle)).Tensors);
        }
        else
        {
            Assert.Contains("'__builtin__.getattr'", folder.Refused(InZip(pickle)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sets_large_numbers_and_keys_that_are_no_texts_are_passed_over()
    {
        byte[] pickle = Beside(pickle =>
            pickle
                .Code('}')
                .Code('(')
                .Code([0x8F, (byte)'(', (byte)'N', 0x90]) // {None}
                .Number(1)
                .Code([(byte)'(', (byte)'N', 0x91]) // frozenset
                .Code([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1]) // 2 ** 64
                .Code('u')
        );
        Assert.Single(folder.Read(InZip(pickle)).Tensors);
    }

    [Fact]
    public void An_object_among_the_weights_is_refused_by_its_name_and_class()
    {
        byte[] pickle = new PickleBytes()
            .Code('}')
            .Text("state_dict")
            .BeginDictionary()
            .Text("a")
            .Tensor("FloatStorage", "0", 6, 0, [6], [1])
            .Text("b")
            .Global("pkg", "Quantised")
            .EndDictionary()
            .Code('s')
            .Stop();
        string sentence = folder.Refused(InZip(pickle));
        Assert.Contains("'b' is an object of 'pkg.Quantised'", sentence, StringComparison.Ordinal);
        byte[] arrays = new PickleBytes().Code('}').Text("b").Global("pkg", "Quantised").Code('s').Stop();
        Assert.Contains("'b' is an object of 'pkg.Quantised'", folder.Refused(arrays), StringComparison.Ordinal);
    }

    [Fact]
    public void An_object_instead_of_the_state_dict_is_refused_by_its_class()
    {
        byte[] pickle = new PickleBytes().Code('}').Text("model").Global("pkg", "Model").Code('s').Stop();
        Assert.Contains("object of 'pkg.Model', not", folder.Refused(InZip(pickle)), StringComparison.Ordinal);
    }

    /// <summary>A name in whose place the pickle recalls long texts again and again, none of which may be kept put together.</summary>
    [Fact]
    public void A_name_of_recalled_texts_takes_no_more_memory_than_the_instructions()
    {
        PickleBytes pickle = new PickleBytes().Code('}').Code('(').Text(new string('m', 100)).Code("q\0"u8);
        pickle.Text("C" + new string('c', 100)).Code("q\u0001"u8);
        for (int copy = 0; copy < 10_000; copy++)
        {
            pickle.Code("h\0h\u0001"u8).Code(0x93).Code('0');
        }
        byte[] bytes = pickle.Code('u').Stop();
        string path = folder.Write(InZip(bytes));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<RunException>(() => WeightFile.Read(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256L * bytes.Length);
        byte[] longer = new PickleBytes().Text(new string('m', 300)).Text("Hook").Code(0x93).Stop();
        Assert.Contains("asks for", folder.Refused(InZip(longer)), StringComparison.Ordinal);
    }

    /// <summary>A state dict with one tensor, and beside it something else.</summary>
    private static byte[] Beside(Action<PickleBytes> other)
    {
        PickleBytes pickle = new PickleBytes().Code('}').Code('(').Text("message_hub");
        other(pickle);
        return pickle
            .Text("state_dict")
            .BeginDictionary()
            .Text("a")
            .Tensor("FloatStorage", "0", 6, 0, [6], [1])
            .EndDictionary()
            .Code('u')
            .Stop();
    }

    private static byte[] InZip(byte[] pickle) => PthBytes.Of(pickle, new() { ["0"] = PthBytes.Floats(6) });

    private static byte[] InLegacy(byte[] pickle) => LegacyPthBytes.Of(pickle, [("0", 6, PthBytes.Floats(6))]);
}
