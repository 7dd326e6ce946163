using System.Runtime.InteropServices;
using DynamicRcnn.Model;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public sealed class PklFileTests : IDisposable
{
    private readonly WeightsFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Arrays_of_python_2_are_read_in_row_major_order()
    {
        byte[] pickle = new PickleBytes()
            .Code('}')
            .OldText("blobs")
            .Code('}')
            .Code('(')
            .OldText("rows")
            .Array("f4", "<", [2, 3], fortran: false, PthBytes.Floats(6))
            .OldText("columns")
            .Array("f4", "<", [2, 3], fortran: true, PthBytes.Floats(6))
            .OldText("rows_momentum")
            .Array("f4", "<", [6], fortran: false, PthBytes.Floats(6))
            .OldText("words")
            .Array("S4", "|", [6], fortran: false, PthBytes.Floats(6))
            .OldText("big")
            .Array("f4", ">", [6], fortran: false, PthBytes.Floats(6))
            .Code('u')
            .Code('s')
            .Stop();
        TensorFile file = folder.Read(pickle);
        Assert.Equal(["rows", "columns"], file.Tensors.Keys);
        Assert.Equal([2, 3], file.Tensors["columns"].Shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], Values(file.Tensors["rows"]));
        Assert.Equal([0, 2, 4, 1, 3, 5], Values(file.Tensors["columns"]));
    }

    [Theory]
    [InlineData(new long[] { 7 })]
    [InlineData(new long[] { 5 })]
    [InlineData(new long[] { -2, -3 })]
    [InlineData(new long[] { long.MaxValue, long.MaxValue, 6 })]
    [InlineData(new long[] { 1L << 62, 4, 6 })]
    public void An_array_with_other_bytes_than_its_shape_needs_is_refused(long[] shape) =>
        folder.Refused(
            new PickleBytes().Code('}').OldText("a").Array("f4", "<", shape, false, PthBytes.Floats(6)).Code('s').Stop()
        );

    [Fact]
    public void Names_off_the_list_are_refused_and_nothing_runs()
    {
        string proof = folder.File("proof");
        byte[] pickle = new PickleBytes()
            .Global("posix", "system")
            .OldText($"touch {proof}")
            .Code(0x85)
            .Code('R')
            .Stop();
        Assert.Contains("'posix.system'", folder.Refused(pickle), StringComparison.Ordinal);
        Assert.False(File.Exists(proof));
    }

    [Fact]
    public void A_text_that_is_made_bytes_again_and_again_is_refused()
    {
        PickleBytes pickle = new PickleBytes().Text(new string('a', 100_000)).Code((byte)'q', 1);
        for (int copy = 0; copy < 1000; copy++)
        {
            pickle.Global("_codecs", "encode").Code((byte)'h', 1).Text("latin1").Code(0x86).Code('R');
        }
        Assert.Contains("broken", folder.Refused(pickle.Stop()), StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_of_every_protocol_of_python_3_read_alike()
    {
        Python.RunText(
            folder.Path,
            """
            import numpy as np, pickle
            base = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
            blobs = {
                'c': base, 'f': np.asfortranarray(base), 'part': base[:, 1:, ::2], 'half': base.astype(np.float16),
                'double': base.astype(np.float64), 'int': base.astype(np.int64), 'empty': base[:0], 'number': np.array(3.5),
                'bytes': np.frombuffer(bytes(range(256)), dtype=np.uint8), 'lr': np.float32(0.02), 'order': [1, 2],
            }
            for protocol in (0, 1, 2, 3, 4, 5):
                with open(f'p{protocol}.pkl', 'wb') as out:
                    pickle.dump({'blobs': blobs, 'cfg': 'text'}, out, protocol=protocol)
            with open('expected.txt', 'w') as out:
                for name, array in blobs.items():
                    if isinstance(array, np.ndarray):
                        data = np.ascontiguousarray(array).tobytes().hex()
                        out.write(f"{name} {'x'.join(map(str, array.shape))} {data}\n")
            """,
            "numpy"
        );
        foreach (int protocol in (int[])[0, 1, 2, 3, 4, 5])
        {
            string[] read =
            [
                .. WeightFile
                    .Read(folder.File($"p{protocol}.pkl"))
                    .Tensors.Select(pair =>
                        $"{pair.Key} {string.Join('x', pair.Value.Shape)} {Convert.ToHexStringLower(pair.Value.Data.Span)}"
                    ),
            ];
            Assert.Equal(File.ReadAllLines(folder.File("expected.txt")), read);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Dictionaries_of_the_protocols_of_python_2_are_read_flat_and_ordered_too(int protocol)
    {
        Python.RunText(
            folder.Path,
            $$"""
            import collections, numpy as np, pickle
            rows = np.arange(6, dtype=np.float32)
            whole = collections.OrderedDict([('conv1_w', rows.reshape(3, 2)), ('res_conv1_bn_s', rows)])
            for name, value in (('flat', dict(whole)), ('ordered', whole)):
                with open(name + '.pkl', 'wb') as out:
                    pickle.dump(value, out, protocol={{protocol}})
            """,
            "numpy"
        );
        foreach (string name in (string[])["flat", "ordered"])
        {
            IReadOnlyDictionary<string, StoredTensor> tensors = WeightFile.Read(folder.File($"{name}.pkl")).Tensors;
            Assert.Equal(["conv1_w", "res_conv1_bn_s"], tensors.Keys);
            Assert.Equal([3, 2], tensors["conv1_w"].Shape);
            Assert.All(tensors.Values, tensor => Assert.Equal([0, 1, 2, 3, 4, 5], Values(tensor)));
        }
    }

    [Fact]
    public void Arrays_are_read_as_python_2_wrote_them_by_default()
    {
        TensorFile file = folder.Read(OldPickle.Of(("a", [2, 3], PthBytes.Floats(6)), ("b", [1], PthBytes.Floats(1))));
        Assert.Equal(["a", "b"], file.Tensors.Keys);
        Assert.Equal([2, 3], file.Tensors["a"].Shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], Values(file.Tensors["a"]));
    }

    [Fact]
    public void One_text_that_a_small_pickle_recalls_as_many_keys_takes_its_memory_once()
    {
        const int Keys = 20_000;
        PickleBytes pickle = new PickleBytes()
            .Code(']')
            .Code((byte)'T', 0, 16, 0, 0)
            .Code(new byte[4096])
            .Code((byte)'q', 1)
            .Code('0');
        for (int key = 0; key < Keys; key++)
        {
            pickle.Code((byte)'}', (byte)'h', 1, (byte)'N', (byte)'s', (byte)'a');
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        folder.Refused(pickle.Stop());
        // 164 million bytes, were each key a string of its own.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
    }

    [Theory]
    [InlineData("s", "b", "", "", 0f, 1f)]
    [InlineData("gamma", "beta", "running_mean", "running_var", 3f, 2f + 1e-5f)]
    [InlineData("s", "b", "rm", "riv", 3f, 2f + 1e-5f)]
    public void Both_flavours_of_batch_norm_fill_the_backbone(
        string scale,
        string shift,
        string mean,
        string variance,
        float expectedMean,
        float expectedVariance
    )
    {
        using Detector detector = new ForeignKeys(50, narrower: 8, classCount: 2).Detector(backgroundFirst: true);
        PickleBytes pickle = new PickleBytes().Code('}').Code('(').OldText("conv1_b");
        pickle.Array("f4", "<", [8], false, PthBytes.Floats(8));
        int convolutions = 0;
        foreach ((string name, torch.Tensor own) in detector.state_dict())
        {
            if (own.shape.Length == 4 && name.StartsWith("backbone.", StringComparison.Ordinal))
            {
                string convolution = CaffeName(name["backbone.".Length..^".weight".Length]);
                string norm = convolution == "conv1" ? "res_conv1" : convolution;
                Add($"{convolution}_w", own.shape, 0.5f);
                Add($"{norm}_bn_{scale}", own.shape[..1], 7);
                Add($"{norm}_bn_{shift}", own.shape[..1], 8);
                if (mean.Length > 0)
                {
                    Add($"{norm}_bn_{mean}", own.shape[..1], 3);
                    Add($"{norm}_bn_{variance}", own.shape[..1], 2);
                }
                convolutions++;
            }
        }
        string path = folder.File("R-50.pkl");
        File.WriteAllBytes(path, pickle.Code('u').Stop());
        WeightReport report = BackboneWeights.Load(detector, path);
        Assert.Equal(53, convolutions);
        Assert.Equal(5 * 53, report.Loaded.Count);
        Assert.Empty(report.Fresh);
        Assert.Equal(["conv1_b"], report.Ignored);
        foreach (string norm in (string[])["bn1", "layer4.2.bn3", "layer3.0.downsample.1"])
        {
            Dictionary<string, torch.Tensor> own = detector.state_dict();
            Assert.Equal(7, ops.to_array<float>(own[$"backbone.{norm}.weight"])[0]);
            Assert.Equal(8, ops.to_array<float>(own[$"backbone.{norm}.bias"])[0]);
            Assert.Equal(expectedMean, ops.to_array<float>(own[$"backbone.{norm}.running_mean"])[0]);
            Assert.Equal(expectedVariance, ops.to_array<float>(own[$"backbone.{norm}.running_var"])[0]);
        }

        void Add(string name, long[] shape, float value)
        {
            float[] values = new float[shape.Aggregate(1L, (product, side) => product * side)];
            Array.Fill(values, value);
            pickle.OldText(name).Array("f4", "<", shape, false, MemoryMarshal.AsBytes<float>(values).ToArray());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("backbone.bottom_up.")]
    public void The_backbone_of_detectron_2_is_under_model_with_its_own_names(string prefix)
    {
        PickleBytes pickle = new PickleBytes().Code('}').Code('(').Text("__author__").Text("torchvision");
        pickle.Text("matching_heuristics").Code(0x88).Text("model").Code('}').Code('(');
        using Detector detector = new ForeignKeys(50, narrower: 16, classCount: 2).Detector(backgroundFirst: true);
        const string Own = "backbone.bottom_up.";
        (string Name, long[] Shape)[] backbone =
        [
            .. new ForeignKeys(50, narrower: 16, classCount: 2)
                .Detectron2()
                .Where(key => key.Name.StartsWith(Own, StringComparison.Ordinal)),
        ];
        foreach ((string name, long[] shape) in backbone)
        {
            byte[] data = PthBytes.Floats((int)shape.Aggregate(1L, (product, side) => product * side));
            pickle.Text(prefix + name[Own.Length..]).Array("f4", "<", shape, false, data);
        }
        pickle.Text($"{prefix}stem.fc.bias").Array("f4", "<", [6], false, PthBytes.Floats(6));
        string path = folder.Write(pickle.Code('u').Code('u').Stop());
        WeightReport report = BackboneWeights.Load(detector, path);
        Assert.Equal(backbone.Length, report.Loaded.Count);
        Assert.Empty(report.Fresh);
        Assert.Equal(["fc.bias"], report.Ignored);
        Assert.Equal(265, BackboneFile.TryOf(path, WeightFile.Read(path))!.Inventory.Found.Count);
    }

    [Fact]
    public void Names_of_no_resnet_have_no_counterpart()
    {
        Assert.Equal("layer3.22.bn2.running_var", CaffeBackbone.OursOf("res4_22_branch2b_bn_riv"));
        Assert.All(
            ["conv1_b", "fc1000_w", "pred_b", "res6_0_branch1_w", "res2_x_branch1_w", "res2_0_branch3_w", "res2"],
            name => Assert.Null(CaffeBackbone.OursOf(name))
        );
    }

    private static string CaffeName(string convolution)
    {
        if (convolution == "conv1")
        {
            return convolution;
        }
        string[] parts = convolution.Split('.');
        string branch = parts[2] == "downsample" ? "branch1" : $"branch2{(char)('a' + (parts[2][^1] - '1'))}";
        return $"res{parts[0][^1] - '0' + 1}_{parts[1]}_{branch}";
    }

    private static float[] Values(StoredTensor tensor) => [.. MemoryMarshal.Cast<byte, float>(tensor.Data.Span)];
}
