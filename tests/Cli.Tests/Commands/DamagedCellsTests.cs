using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A copy of the blood cells, labelled as YOLO does, of which one image in a hundred is broken in each of several ways.</summary>
[Collection(TrainedRunTests.Name)]
public sealed class DamagedCellsTests(ITestOutputHelper output) : InFolder
{
    private const int OneIn = 100;

    /// <summary>A flipped highest bit is no digit any more; other flips may give other numbers, which nobody can tell from right ones.</summary>
    private const byte HighestBit = 0x80;

    [Fact]
    public void Training_goes_to_its_end_names_each_broken_file_counts_them_and_changes_no_byte_of_the_data()
    {
        Dataset whole = DatasetReader.Open(Repository.Shared("data", "bccd"), "train");
        int each = (whole.Images.Count + OneIn - 1) / OneIn;
        string[] labels = [.. whole.Images.Select((image, place) => Copy(image, place))];
        folder.Write("data/data.yaml", "train: images/train\nnames: [RBC, WBC, Platelets]\n");
        string[][] broken =
        [
            .. labels.Chunk(each).Take(5).Select((some, way) => some.Select(label => Break(label, way)).ToArray()),
        ];
        SortedDictionary<string, string> before = Hashes();

        int iterations = (whole.Images.Count + 1) / 2;
        string said = Drcnn.Succeed([
            .. new[]
            {
                "train",
                "--data",
                folder.Path("data"),
                "--out",
                folder.Path("run"),
                "--preset",
                "tiny-demo",
                "--verbose",
            },
            .. new[] { "--iterations", $"{iterations}", "--set", "data.shortSides=[64]", "--set", "data.maxSide=96" },
            .. new[] { "--set", "solver.warmupIterations=2", "--set", "run.logInterval=1000", "--threads", "2" },
        ]);
        string[] counts = [$"{2 * each} undecodable image", $"{each} missing image", $"{each} unreadable label"];
        Assert.All(counts, count => Assert.Contains(count, said, StringComparison.Ordinal));
        string[] named = [.. broken.SelectMany(files => files)];
        Assert.All(named, file => Assert.Contains(file, said, StringComparison.Ordinal));
        Assert.Equal(before, Hashes());
        output.WriteLine(
            $"{whole.Images.Count} images, {named.Length} broken files in {broken.Length} ways, all named; {iterations} steps; 0 of {before.Count} files changed"
        );
        JsonElement[] log = TrainTests.LogOf(folder.Path("run"));
        Assert.Equal(Enumerable.Range(1, iterations), TrainTests.StepsOf(log));
    }

    /// <summary>Copies an image and writes its boxes beside it.</summary>
    /// <returns>The label file.</returns>
    private string Copy(ImageRecord image, int place)
    {
        folder.Write($"data/images/train/{place:D3}.jpg", File.ReadAllBytes(image.Path));
        string Share(double value, double side) => (value / side).ToString("R", CultureInfo.InvariantCulture);
        IEnumerable<string> lines = image.Boxes.Select(box =>
            $"{box.Label} {Share((box.X1 + box.X2) / 2, image.Width)} {Share((box.Y1 + box.Y2) / 2, image.Height)} "
            + $"{Share(box.X2 - box.X1, image.Width)} {Share(box.Y2 - box.Y1, image.Height)}"
        );
        return folder.Write($"data/labels/train/{place:D3}.txt", string.Join('\n', lines) + "\n");
    }

    /// <returns>The file that the report must name.</returns>
    private static string Break(string label, int way)
    {
        string image = label
            .Replace("labels", "images", StringComparison.Ordinal)
            .Replace(".txt", ".jpg", StringComparison.Ordinal);
        byte[] bytes = File.ReadAllBytes(image);
        switch (way)
        {
            case 0:
                File.WriteAllBytes(image, bytes[..(bytes.Length / 2)]);
                return image;
            case 1:
                File.WriteAllBytes(image, "no picture at all"u8);
                return image;
            case 2:
                // The entropy-coded data loses its way; the header stays whole.
                bytes.AsSpan(bytes.Length / 2, 64).Fill(byte.MaxValue);
                File.WriteAllBytes(image, bytes);
                return image;
            case 3:
                File.Delete(image);
                return label;
            default:
                byte[] text = File.ReadAllBytes(label);
                text[2] ^= HighestBit;
                File.WriteAllBytes(label, text);
                return label;
        }
    }

    private SortedDictionary<string, string> Hashes() =>
        new(
            Directory
                .EnumerateFiles(folder.Path("data"), "*", SearchOption.AllDirectories)
                .ToDictionary(file => file, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))),
            StringComparer.Ordinal
        );
}
