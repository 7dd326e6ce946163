using System.Globalization;
using DynamicRcnn.Training.Tests.Weights.Fuzzing;
using DynamicRcnn.Training.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Each reader over damaged files of its format: it reads what is left, or refuses in one sentence; it never ends in another way.</summary>
public sealed class MutationTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>How many damaged files of each format; `dotnet fsi build.fsx fuzz` sets it.</summary>
    private const string CountVariable = "DRCNN_FUZZ_MUTATIONS";
    private const int Mutations = 4000;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-mutations-").FullName;

    public static TheoryData<string> Formats => [.. FuzzFormat.All.Select(format => format.Name)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_damaged_file_is_read_or_refused_in_one_sentence_with_little_memory(string name)
    {
        FuzzFormat format = FuzzFormat.All.Single(format => format.Name == name);
        string? wanted = Environment.GetEnvironmentVariable(CountVariable);
        int count = wanted is null ? Mutations : int.Parse(wanted, CultureInfo.InvariantCulture);
        // A second is a hang for files this small; the tests, whose machine may be busy, allow more.
        FuzzRun run = new(format, TimeSpan.FromSeconds(wanted is null ? 30 : 1));
        run.Read(count, folder);
        output.WriteLine(
            $"{name}: {count} mutations, {(double)run.PastHeader / count:P0} past the header, {run.Loaded} read, {run.Refused} refused; "
                + $"most memory {run.MostTaken / 1024.0:F0} KiB, {run.MostTakenForAByte:F0} bytes a byte; slowest {run.SlowestMilliseconds:F1} ms"
        );
        Assert.Equal(count, run.Loaded + run.Refused);
        Assert.True(run.PastHeader >= count / 5, $"only {run.PastHeader} got past the header");
        // Neither all nor none: damage to elements is none to the reader.
        Assert.InRange(run.Loaded, 1, count - 1);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_whole_file_is_read_and_one_cut_off_anywhere_is_refused(string name)
    {
        FuzzFormat format = FuzzFormat.All.Single(format => format.Name == name);
        byte[] whole = format.Wrap(format.Inner[0], null);
        string path = Path.Combine(folder, "weights");
        File.WriteAllBytes(path, whole);
        Assert.NotEmpty(WeightFile.Read(path).Tensors);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<RunException>(() => WeightFile.Read(path));
        }
    }
}
