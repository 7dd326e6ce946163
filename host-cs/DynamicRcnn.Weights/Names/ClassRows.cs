using System.Text.RegularExpressions;

namespace DynamicRcnn.Weights;

/// <summary>
/// Moves the rows of the classes between the two orders in use. Background first: classifier rows 0 = background, then the classes; regression four
/// rows for the background, then four for each class. Background last: classifier the classes, then the background; regression the classes alone.
/// In a cascade each stage has a classifier, and its regression has four rows for all classes.
/// </summary>
public static partial class ClassRows
{
    /// <summary>No cascade has more box heads.</summary>
    internal const int MostStages = 8;

    private const string Regression = "roi_head.deltas.";
    private const int RowsOfBox = 4;

    /// <summary>Whether a tensor's rows stand for classes.</summary>
    /// <param name="name">Its name here.</param>
    public static bool AreIn(string name) =>
        IsOfClassifier(name) || name.StartsWith(Regression, StringComparison.Ordinal);

    /// <summary>K of the classifier and regression with so many rows, and their order.</summary>
    /// <returns>Null when no detector has such rows.</returns>
    public static (int ClassCount, bool BackgroundFirst)? Of(long classifierRows, long regressionRows) =>
        regressionRows == RowsOfBox * classifierRows ? ((int)classifierRows - 1, true)
        : regressionRows == RowsOfBox * (classifierRows - 1) ? ((int)classifierRows - 1, false)
        : null;

    /// <summary>
    /// The tensor in the other order; the same one when nothing changes. The background's regression rows, which nothing trains, are dropped or
    /// become zeros.
    /// </summary>
    /// <param name="name">Its name here: weights and biases are moved alike.</param>
    /// <param name="tensor">[rows, ...].</param>
    /// <param name="from">Whether the background is first in it.</param>
    /// <param name="to">Whether it is to be.</param>
    public static StoredTensor Ordered(string name, StoredTensor tensor, bool from, bool to)
    {
        if (from == to || !AreIn(name) || tensor.Shape.Length == 0 || tensor.Shape[0] == 0)
        {
            return tensor;
        }
        long rows = tensor.Shape[0];
        int row = (int)(tensor.Data.Length / rows);
        ReadOnlySpan<byte> data = tensor.Data.Span;
        if (IsOfClassifier(name))
        {
            int split = from ? row : data.Length - row;
            return tensor with { Data = (byte[])[.. data[split..], .. data[..split]] };
        }
        int background = RowsOfBox * row;
        if (to)
        {
            return new StoredTensor(
                tensor.Type,
                [rows + RowsOfBox, .. tensor.Shape[1..]],
                (byte[])[.. new byte[background], .. data]
            );
        }
        return rows < RowsOfBox
            ? tensor
            : new StoredTensor(tensor.Type, [rows - RowsOfBox, .. tensor.Shape[1..]], tensor.Data[background..]);
    }

    private static bool IsOfClassifier(string name) => Classifier().IsMatch(name);

    [GeneratedRegex(@"^roi_head\.(\d\.)?classes\.")]
    private static partial Regex Classifier();
}
