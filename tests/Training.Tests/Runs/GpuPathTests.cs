using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>What a step does otherwise on a GPU than on a CPU, done by the CPU and compared with the CPU's own way.</summary>
public sealed class GpuPathTests : IDisposable
{
    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Theory]
    [InlineData("r50-fpn")]
    [InlineData("r50-c4-small")] // BGR, std 1
    public void Images_that_go_as_bytes_and_are_normalised_there_are_the_hosts_to_the_bit(string preset)
    {
        BackboneConfig backbone = ConfigText.Resolve(new ConfigSources(preset, [], [], [])).Value.Config.Model.Backbone;
        ImageBatch batch = new(
            32,
            64,
            [Noise(64, 20), Noise(33, 32)],
            [Item(1, 64, 20, flipped: false), Item(2, 33, 32, flipped: true)],
            backbone
        );
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device cpu = new(DeviceType.CPU);
        ImageInput host = Upload.Images(batch, cpu);
        using GpuStandIn standIn = new();
        ImageInput device = Upload.Images(batch, cpu);
        Assert.Equal([2L, 3, 32, 64], device.Images.shape);
        Assert.Equal([32L * 64 * 3, 1, 64 * 3, 3], device.Images.stride());
        Assert.Equal(ops.to_bytes(host.Images), ops.to_bytes(device.Images));
        Assert.Equal(ops.to_bytes(host.Sizes), ops.to_bytes(device.Sizes));
    }

    [Theory]
    [InlineData("Float32", 1e-4)]
    [InlineData("BFloat16", 5e-3)]
    public void A_run_takes_the_CPUs_steps_but_for_rounding(string precision, double bound)
    {
        string[] sets =
        [
            "solver.iterations=3",
            $"solver.precision={precision}",
            "solver.emaDecay=0.9",
            "evaluation.interval=3",
            "checkpoint.interval=3",
        ];
        drawn.Whole("host", sets);
        using (new GpuStandIn())
        {
            Assert.Equal(StepReading.EachWindow, StepReadings.On(new torch.Device(DeviceType.CPU)));
            drawn.Whole("device", sets);
        }
        (JsonObject, JsonObject)[] steps = [.. Steps("host").Zip(Steps("device"))];
        Assert.Equal(3, steps.Length);
        // The RPN's sample does not depend on rounding. Which of two proposals with almost the same score is the better one does, as long as the
        // RPN has learned nothing, and with it what the box head is trained on.
        double ofRpn = steps.Max(pair => Math.Max(Off(pair, "rpn_objectness"), Off(pair, "rpn_box")));
        double ofHead = steps.Max(pair => Math.Max(Off(pair, "classification"), Off(pair, "box")));
        Assert.True(ofRpn <= bound && ofHead <= 0.2, $"the RPN's losses are off by {ofRpn}, the head's by {ofHead}");
        Dictionary<string, byte[]> reached = DrawnRun.Bits(drawn.Checkpoint("device", 3));
        Dictionary<string, byte[]> expected = DrawnRun.Bits(drawn.Checkpoint("host", 3));
        Assert.Equal(expected.Keys.Order(), reached.Keys.Order());
        double ofWeights = expected
            .Where(entry => !entry.Key.StartsWith("momentum.", StringComparison.Ordinal))
            .Max(entry => Off(entry.Value, reached[entry.Key]));
        Assert.InRange(ofWeights, 1e-9, 0.3); // the most: biases of the head, which began as 0
    }

    /// <summary>A log's lines of iterations.</summary>
    private JsonObject[] Steps(string run) =>
        [
            .. drawn
                .Log(run)
                .Select(line => JsonNode.Parse(line)!.AsObject())
                .Where(line => line.ContainsKey("rpn_objectness")),
        ];

    private static double Off((JsonObject Expected, JsonObject Actual) step, string loss)
    {
        double value = (double)step.Expected[loss]!;
        return Math.Abs((double)step.Actual[loss]! - value) / (0.1 + value);
    }

    /// <summary>Of float32 tensors, by their norms.</summary>
    private static double Off(byte[] expected, byte[] actual)
    {
        float[] first = MemoryMarshal.Cast<byte, float>(expected).ToArray();
        float[] second = MemoryMarshal.Cast<byte, float>(actual).ToArray();
        double off = Math.Sqrt(first.Zip(second, (a, b) => Math.Pow((double)a - b, 2)).Sum());
        return off / (0.1 + Math.Sqrt(first.Sum(a => (double)a * a)));
    }

    private static RgbImage Noise(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(width).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    private static BatchItem Item(int id, int width, int height, bool flipped) =>
        new(new ImageRecord(id, "", "", width, height, []), height, width, 1, 1, flipped, [], []);
}
