using DynamicRcnn.Tests.Fuzzing;
using Xunit;

namespace DynamicRcnn.Data.Tests.Fuzzing;

/// <summary>The readers of images and annotations over damaged files: read, or refused in one sentence, and never anything else.</summary>
public sealed class MutationTests(ITestOutputHelper output) : IDisposable
{
    private const int Mutations = 2000;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-mutations-").FullName;

    public static TheoryData<string> Formats => [.. DataFormats.All.Select(format => format.Name)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_damaged_file_is_read_or_refused_in_one_sentence_with_little_memory(string name) =>
        FuzzRun.ReadAll(DataFormats.All.Single(format => format.Name == name), Mutations, folder, output);
}
