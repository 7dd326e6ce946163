using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Two classes and the background; a row's number is its value, two columns a weight.</summary>
public sealed class ClassRowsTests
{
    [Theory]
    [InlineData("roi_head.classes.weight", 2, true, new byte[] { 1, 1, 2, 2, 0, 0 })]
    [InlineData("roi_head.classes.bias", 1, true, new byte[] { 1, 2, 0 })]
    [InlineData("roi_head.classes.weight", 2, false, new byte[] { 2, 2, 0, 0, 1, 1 })]
    [InlineData("roi_head.classes.bias", 1, false, new byte[] { 2, 0, 1 })]
    [InlineData("roi_head.fc2.bias", 1, false, new byte[] { 0, 1, 2 })]
    public void Rows_of_the_classifier_move_around_the_backgrounds(
        string name,
        int columns,
        bool fromFirst,
        byte[] rows
    ) => Assert.Equal(rows, ClassRows.Ordered(name, Rows(3, columns), fromFirst, !fromFirst).Data.ToArray());

    [Theory]
    [InlineData("roi_head.deltas.weight", 2)]
    [InlineData("roi_head.deltas.bias", 1)]
    public void The_first_four_rows_of_the_regression_are_the_backgrounds(string name, int columns)
    {
        StoredTensor last = ClassRows.Ordered(name, Rows(12, columns), from: true, to: false);
        Assert.Equal(8, last.Shape[0]);
        Assert.Equal(
            Enumerable.Range(4, 8).SelectMany(row => Enumerable.Repeat((byte)row, columns)),
            last.Data.ToArray()
        );
        StoredTensor first = ClassRows.Ordered(name, last, from: false, to: true);
        Assert.Equal(12, first.Shape[0]);
        Assert.Equal([.. new byte[4 * columns], .. last.Data.ToArray()], first.Data.ToArray());
    }

    [Fact]
    public void Numbers_of_rows_tell_the_order()
    {
        Assert.Equal((80, true), ClassRows.Of(81, 324));
        Assert.Equal((80, false), ClassRows.Of(81, 320));
        Assert.Null(ClassRows.Of(81, 4));
    }

    private static StoredTensor Rows(int rows, int columns) =>
        new(
            torch.ScalarType.Byte,
            columns == 1 ? [rows] : [rows, columns],
            Enumerable.Range(0, rows).SelectMany(row => Enumerable.Repeat((byte)row, columns)).ToArray()
        );
}
