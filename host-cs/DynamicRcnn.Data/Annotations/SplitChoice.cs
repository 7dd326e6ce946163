using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DynamicRcnn.Data;

/// <summary>The splits that commands go by: a data set's own, those that are named by hand, and what is held out.</summary>
internal static class SplitChoice
{
    private const string Train = "train";
    private const string Validation = "val";
    private const string Test = "test";

    /// <exception cref="DataException">A split that is named by hand is not there.</exception>
    internal static DatasetLayout Of(DatasetSource source, DatasetLayout? own)
    {
        DatasetLayout layout = ByHand(source, own);
        return source.HoldOut > 0 ? HoldOut(source, layout)
            : source.TestStays ? layout
            : TestAsValidation(layout);
    }

    private static DatasetLayout ByHand(DatasetSource source, DatasetLayout? own)
    {
        (string Split, string Given)[] named = [.. source.Named.Where(found => found.Given.Length > 0)];
        if (named.Length == 0)
        {
            return own!;
        }
        Dictionary<string, Func<Dataset>> readers = [];
        foreach (string split in own?.Splits ?? [])
        {
            readers[split] = () => own!.Read(split);
        }
        if (own is { Splits.Count: 0 } && source.Train.Length == 0)
        {
            readers[Train] = () => own.Read(Train);
        }
        foreach ((string split, string given) in named)
        {
            readers[split] = SplitByHand.Reader(source, split, given, own);
        }
        string byHand = string.Join(", ", named.Select(found => $"{found.Split} is {found.Given}"));
        return new DatasetLayout(
            own is null ? byHand : $"{own.What}; {byHand}",
            [.. readers.Keys.Order(StringComparer.Ordinal)],
            split => readers[split]()
        );
    }

    /// <summary>
    /// The share of the training images whose names have the lowest digests: images that are added later leave most of the others where
    /// they are.
    /// </summary>
    private static DatasetLayout HoldOut(DatasetSource source, DatasetLayout layout)
    {
        if (layout.Splits.Contains(Validation))
        {
            throw new DataException(
                $"--hold-out: {source.Title} has the split val; expected a data set without one, or the option left out."
            );
        }
        string part = layout.Splits.Count == 0 ? DatasetLayout.Whole : Train;
        return new DatasetLayout(
            $"{layout.What}; val is {source.HoldOut * 100:0.##} % of the images of {(part == Train ? Train : "all")}",
            [.. layout.Splits.Append(Train).Append(Validation).Distinct().Order(StringComparer.Ordinal)],
            split => split is not (Train or Validation) ? layout.Read(split) : Held(layout.Read(part), split)
        );

        Dataset Held(Dataset whole, string split)
        {
            int count = Math.Max(1, (int)Math.Round(whole.Images.Count * source.HoldOut));
            if (count >= whole.Images.Count)
            {
                throw new DataException(
                    $"--hold-out: {source.HoldOut * 100:0.##} % of {whole.Images.Count} images leaves none to train on; expected a smaller share."
                );
            }
            HashSet<long> held =
            [
                .. whole
                    .Images.OrderBy(image => Digest(image.FileName))
                    .ThenBy(image => image.Id)
                    .Take(count)
                    .Select(image => image.Id),
            ];
            return whole with
            {
                Split = split,
                Images = [.. whole.Images.Where(image => held.Contains(image.Id) == (split == Validation))],
                Findings = split == Train ? whole.Findings : [],
            };
        }
    }

    /// <summary>Where nothing is called val, test is evaluated; asked for by its own name it is there too.</summary>
    private static DatasetLayout TestAsValidation(DatasetLayout layout) =>
        layout.Splits.Contains(Validation) || !layout.Splits.Contains(Test) || !layout.Splits.Contains(Train)
            ? layout
            : new DatasetLayout(
                $"{layout.What}; val is its test, since it has none of that name",
                [.. layout.Splits.Select(split => split == Test ? Validation : split).Order(StringComparer.Ordinal)],
                split => split is Validation or Test ? layout.Read(Test) with { Split = split } : layout.Read(split)
            )
            {
                Aliases = new Dictionary<string, string> { [Test] = Test },
            };

    private static ulong Digest(string name) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
