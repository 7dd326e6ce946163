using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>A split that a run was started with.</summary>
/// <param name="Name">As the run takes it: train or val.</param>
/// <param name="Images">How many.</param>
/// <param name="Boxes">How many, crowds included.</param>
/// <param name="Classes">Their names, in label order.</param>
/// <param name="Digest">SHA-256 of names, sizes and boxes; not of the path, so that the data may be moved.</param>
public sealed record RunSplit(string Name, int Images, int Boxes, IReadOnlyList<string> Classes, string Digest)
{
    /// <summary>A split in these terms.</summary>
    /// <param name="name">As the run takes it.</param>
    /// <param name="dataset">The split.</param>
    public static RunSplit Of(string name, Dataset dataset)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ImageRecord image in dataset.Images)
        {
            StringBuilder text = new();
            text.Append(CultureInfo.InvariantCulture, $"{image.FileName} {image.Width} {image.Height}");
            foreach (GroundTruthBox box in image.Boxes)
            {
                text.Append(CultureInfo.InvariantCulture, $" {box.X1} {box.Y1} {box.X2} {box.Y2}");
                text.Append(CultureInfo.InvariantCulture, $" {box.Label} {(box.Crowd ? 1 : 0)}");
            }
            text.Append('\n');
            hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        }
        return new RunSplit(
            name,
            dataset.Images.Count,
            dataset.Images.Sum(image => image.Boxes.Count),
            [.. dataset.Classes.Select(known => known.Name)],
            Convert.ToHexStringLower(hash.GetHashAndReset())
        );
    }

    /// <summary>How it differs from what a run was started with, as a sentence without its end; null when it does not.</summary>
    public string? Difference(RunSplit began) =>
        Digest == began.Digest && Classes.SequenceEqual(began.Classes)
            ? null
            : $"the split '{Name}' has {Counts} now and had {began.Counts} when the run was started; they are not the same data";

    private string Counts => $"{Images} images, {Boxes} boxes and the classes {ClassLists.Names(Classes)}";
}

/// <summary>A run's data.json: what its data were when it was started.</summary>
public static class RunData
{
    /// <summary>Writes what a run starts with.</summary>
    internal static void Write(RunFolder folder, Dataset train, Dataset? validation) =>
        AtomicFile.Write(
            folder.DataPath,
            stream => JsonSerializer.Serialize(stream, Splits(train, validation), options)
        );

    /// <summary>How the data differ from what the run was started with; nothing for a run of an older program, which did not say.</summary>
    /// <exception cref="RunException">The file is not what it should be.</exception>
    internal static IReadOnlyList<string> Differences(RunFolder folder, Dataset train, Dataset? validation)
    {
        if (!File.Exists(folder.DataPath))
        {
            return [];
        }
        RunSplit[] began = Read(folder);
        return
        [
            .. Splits(train, validation)
                .Select(now =>
                    Array.Find(began, split => split.Name == now.Name) is { } before ? now.Difference(before) : null
                )
                .OfType<string>(),
        ];
    }

    /// <summary>
    /// How a split that a checkpoint of a run is evaluated on differs from the one of that name that the run had, and whether it is the one that was trained on;
    /// as sentences without their ends. Nothing where the file is in no run's folder.
    /// </summary>
    /// <param name="checkpoint">The checkpoint's file.</param>
    /// <param name="split">Its classes in the order of the detector's.</param>
    /// <exception cref="RunException">The run's data.json is not what it should be.</exception>
    public static IEnumerable<string> Warnings(string checkpoint, Dataset split)
    {
        string? root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(checkpoint)));
        if (root is null || RunFolder.Find(root) is not { } folder || !File.Exists(folder.DataPath))
        {
            yield break;
        }
        RunSplit now = RunSplit.Of(split.Split, split);
        RunSplit[] began = Read(folder);
        if (Array.Find(began, before => before.Name == now.Name) is { } same && now.Difference(same) is { } difference)
        {
            yield return difference;
        }
        if (Array.Find(began, before => before.Name == "train")?.Digest == now.Digest)
        {
            yield return "these are the images that the run was trained on, so the figures say nothing about others";
        }
    }

    private static RunSplit[] Read(RunFolder folder)
    {
        try
        {
            return JsonSerializer.Deserialize<RunSplit[]>(File.ReadAllBytes(folder.DataPath), options) ?? [];
        }
        catch (JsonException error)
        {
            throw new RunException(
                $"{folder.DataPath}: expected the splits of a run's data: {error.Message.TrimEnd('.')}."
            );
        }
    }

    private static readonly JsonSerializerOptions options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static RunSplit[] Splits(Dataset train, Dataset? validation) =>
        [RunSplit.Of("train", train), .. validation is null ? [] : (RunSplit[])[RunSplit.Of("val", validation)]];
}
