using System.Text.Json.Nodes;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>A run whose checkpoint was given weights that make a loss or the gradient NaN or infinite.</summary>
public sealed class InjectedNumbersTests : IDisposable
{
    private const int Begins = 2;
    private const int MaxInARow = 3;

    /// <summary>Activations become as small as weights become large: the losses stay, to the bit, and the gradient of the small weights overflows.</summary>
    private const float Huge = 1.329228e36f;

    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Theory]
    [InlineData("NaN in a loss", "the classification loss")]
    [InlineData("infinity in a loss", "the classification loss")]
    [InlineData("infinity in the gradient", "the gradient")]
    [InlineData("NaN in a loss", "the classification loss", "solver.optimizer=AdamW", "solver.baseLearningRate=0.001")]
    public void Steps_are_left_out_counted_and_named_weights_stay_and_the_run_stops(
        string injected,
        string named,
        params string[] optimizer
    )
    {
        string[] sets =
        [
            "evaluation.interval=0",
            "checkpoint.interval=100",
            $"nonFinite.maxInARow={MaxInARow}",
            .. optimizer,
        ];
        drawn.Whole("run", [.. sets, $"solver.iterations={Begins}", "solver.warmupIterations=0"]);
        string path = Checkpoint(Begins);
        TensorFile sound = SafetensorsFile.Read(path);
        TensorFile poisoned = sound with
        {
            Tensors = Poisoned(sound.Tensors, injected),
            Metadata = sound.Metadata.Where(entry => entry.Key != "sha256").ToDictionary(),
        };
        SafetensorsFile.Write(path, poisoned);

        using TrainingRun run = drawn.Resume("run", drawn.Config([.. sets, "solver.warmupIterations=0"]));
        List<RunEvent> events = [];
        RunException stop = Assert.Throws<RunException>(() => Watch(run, events));
        Assert.Equal(RunFault.Run, stop.Fault);
        Assert.Contains($"{named} was not finite, {MaxInARow} steps in a row", stop.Message, StringComparison.Ordinal);

        // Whatever was made before the run stopped, no more than that many steps are counted one by one.
        Stepped[] steps = [.. events.OfType<Stepped>()];
        Assert.True(steps.Length >= MaxInARow);
        Assert.All(steps, step => Assert.Equal(named, step.Report!.NonFinite));
        Assert.Equal(Enumerable.Range(1, steps.Length), steps.Select(step => step.State.NonFiniteInAll));
        JsonNode[] lines =
        [
            .. File.ReadLines(Path.Combine(drawn.Folder("run"), "log.jsonl")).Select(line => JsonNode.Parse(line)!),
        ];
        Assert.Equal(steps.Length, lines.Count(line => (string?)line["non_finite"] == named));

        TensorFile after = SafetensorsFile.Read(Checkpoint(steps[^1].State.Iteration));
        Assert.Contains(after.Tensors.Keys, name => name.StartsWith("momentum.", StringComparison.Ordinal));
        Assert.Equal(poisoned.Tensors.Keys, after.Tensors.Keys);
        Assert.All(
            poisoned.Tensors,
            tensor => Assert.True(tensor.Value.Data.Span.SequenceEqual(after.Tensors[tensor.Key].Data.Span), tensor.Key)
        );
    }

    private static void Watch(TrainingRun run, List<RunEvent> events)
    {
        foreach (RunEvent happened in run.ToEnd(CancellationToken.None))
        {
            events.Add(happened);
        }
    }

    private static Dictionary<string, StoredTensor> Poisoned(
        IReadOnlyDictionary<string, StoredTensor> tensors,
        string injected
    )
    {
        Dictionary<string, StoredTensor> changed = new(tensors);
        switch (injected)
        {
            case "NaN in a loss":
                Change("model.roi_head.classes.bias", (_, place) => place == 0 ? float.NaN : 0);
                break;
            case "infinity in a loss":
                // Finite itself; the sum over the samples is not.
                Change("model.roi_head.classes.bias", (_, place) => place == 0 ? float.MaxValue : 0);
                break;
            default:
                Change("model.roi_head.fc1.weight", (value, _) => value / Huge);
                Change("model.roi_head.fc1.bias", (value, _) => value / Huge);
                Change("model.roi_head.fc2.weight", (value, _) => value * Huge);
                break;
        }
        return changed;

        void Change(string name, Func<float, int, float> value)
        {
            StoredTensor stored = changed[name];
            Assert.Equal(torch.ScalarType.Float32, stored.Type);
            byte[] bytes = stored.Data.ToArray();
            for (int place = 0; place < bytes.Length / sizeof(float); place++)
            {
                float old = BitConverter.ToSingle(bytes, place * sizeof(float));
                BitConverter.TryWriteBytes(bytes.AsSpan(place * sizeof(float)), value(old, place));
            }
            changed[name] = stored with { Data = bytes };
        }
    }

    private string Checkpoint(int iteration) =>
        Path.Combine(drawn.Folder("run"), "checkpoints", $"iteration-{iteration:D7}.safetensors");
}
