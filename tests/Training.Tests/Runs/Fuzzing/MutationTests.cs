using DynamicRcnn.Tests.Fuzzing;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs.Fuzzing;

/// <summary>The readers of what runs are made of over damaged files: read, or refused in sentences, and never anything else.</summary>
public sealed class MutationTests(ITestOutputHelper output) : IDisposable
{
    private const int Mutations = 1500;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-mutations-").FullName;

    public static TheoryData<string> Formats => [.. RunFormats.All.Select(format => format.Name)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_damaged_file_is_read_or_refused_in_sentences_with_little_memory(string name) =>
        FuzzRun.ReadAll(RunFormats.All.Single(format => format.Name == name), Mutations, folder, output);
}
