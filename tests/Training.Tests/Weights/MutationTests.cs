using DynamicRcnn.Runs;
using DynamicRcnn.Tests.Fuzzing;
using DynamicRcnn.Training.Tests.Weights.Fuzzing;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Each reader over damaged files of its format: it reads what is left, or refuses in one sentence; it never ends in another way.</summary>
public sealed class MutationTests(ITestOutputHelper output) : IDisposable
{
    private const int Mutations = 4000;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-mutations-").FullName;

    public static TheoryData<string> Formats => [.. WeightFormat.All.Select(format => format.Name)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_damaged_file_is_read_or_refused_in_one_sentence_with_little_memory(string name) =>
        FuzzRun.ReadAll(WeightFormat.All.Single(format => format.Name == name).Format, Mutations, folder, output);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_whole_file_is_read_and_one_cut_off_anywhere_is_refused(string name)
    {
        WeightFormat format = WeightFormat.All.Single(format => format.Name == name);
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
