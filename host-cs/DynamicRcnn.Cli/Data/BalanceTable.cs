using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>How the images and each class's boxes lie in the parts of a data set.</summary>
internal static class BalanceTable
{
    /// <summary>Of a class's boxes: what is farther from its share is named.</summary>
    private const double Balanced = 0.02;

    /// <summary>Rows that are named as not balanced; the table has all of them.</summary>
    private const int MostNamed = 10;

    /// <summary>Writes a row for the images and one for each class, then the rows that are not balanced.</summary>
    public static void Write(IReadOnlyList<Dataset> divided, IReadOnlyList<WantedPart> parts, TextWriter output)
    {
        var table = new TextTable();
        table.Add(["", .. parts.Select(part => $"{part.Name} ({Amount.Percent(part.Share)})")]);
        List<string> unbalanced = [];
        Add("images", [.. divided.Select(part => part.Images.Count)]);
        for (int label = 0; label < divided[0].Classes.Count; label++)
        {
            int[] counts =
            [
                .. divided.Select(part =>
                    part.Images.Sum(image => image.Boxes.Count(box => box.Label == label && !box.Crowd))
                ),
            ];
            Add(divided[0].Classes[label].Name, counts);
        }

        table.Write(output);
        output.WriteLine(
            unbalanced.Count == 0
                ? "every row is within 2 % of its shares"
                : $"farther than 2 % from their shares, for want of images or for copies that stay together: {string.Join(", ", unbalanced.Take(MostNamed))}"
                    + (unbalanced.Count > MostNamed ? $" and {unbalanced.Count - MostNamed} more" : "")
        );

        void Add(string name, int[] counts)
        {
            int total = counts.Sum();
            table.Add([
                name,
                .. counts.Select(count => total == 0 ? "0" : $"{count} ({Amount.Percent(count / (double)total)})"),
            ]);
            if (
                total > 0
                && counts.Zip(parts).Any(pair => Math.Abs((pair.First / (double)total) - pair.Second.Share) > Balanced)
            )
            {
                unbalanced.Add(name);
            }
        }
    }
}
