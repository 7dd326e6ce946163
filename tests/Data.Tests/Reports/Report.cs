using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Reports;

/// <summary>The situations of public reports, which lie beside the repository.</summary>
internal static class Report
{
    /// <summary>A situation's folder or file; the test is skipped where it is not there.</summary>
    internal static string Path(string name)
    {
        string path = SharedData.Folder(["reports", .. name.Split('/')]);
        if (!System.IO.Path.Exists(path))
        {
            Assert.Skip($"../shared/data/reports has no {name}.");
        }
        return path;
    }

    internal static Dataset Open(string name, string split = "train") => DatasetReader.Open(Path(name), split);

    /// <summary>Boxes that are no crowds, difficult ones included.</summary>
    internal static int Boxes(Dataset dataset) =>
        dataset.Images.Sum(image => image.Boxes.Count(box => !box.Crowd || box.Difficult));

    /// <summary>Each box as its class and its corners to a tenth of a pixel.</summary>
    internal static IEnumerable<string> Quotes(Dataset dataset, ImageRecord image) =>
        image.Boxes.Select(box =>
            FormattableString.Invariant(
                $"{dataset.Classes[box.Label].Name} {box.X1:0.#} {box.Y1:0.#} {box.X2:0.#} {box.Y2:0.#}"
            )
        );
}
