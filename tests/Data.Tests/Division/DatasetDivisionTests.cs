using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Division;

/// <summary>Parts of data sets: balanced, whole, and the same for the same seed.</summary>
public sealed class DatasetDivisionTests
{
    private static readonly WantedPart[] parts = [new("train", 0.8), new("val", 0.1), new("test", 0.1)];

    [Fact]
    public void Real_cells_are_within_two_percent_of_their_shares_in_every_class()
    {
        string folder = SharedData.Folder("bccd");
        (Dataset whole, int repeated) = MergedSplits.Of([
            .. DatasetReader.Splits(folder).Select(split => DatasetReader.Open(folder, split)),
        ]);
        Assert.Equal((364, 0), (whole.Images.Count, repeated));
        Assert.Equal(Enumerable.Range(1, 364), whole.Images.Select(image => (int)image.Id));
        IReadOnlyList<Dataset> divided = DatasetDivision.Of(whole, Alone(whole), parts, seed: 1);
        RequireWhole(whole, divided);
        RequireBalanced(whole, divided);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Rare_classes_are_balanced_too_where_there_are_enough(int seed)
    {
        Dataset dataset = Drawn(1000);
        IReadOnlyList<Dataset> divided = DatasetDivision.Of(dataset, Alone(dataset), parts, seed);
        RequireWhole(dataset, divided);
        RequireBalanced(dataset, divided);
    }

    [Fact]
    public void The_seed_and_the_names_decide_and_not_the_order_of_the_list()
    {
        Dataset dataset = Drawn(300);
        Dataset turned = dataset with { Images = [.. dataset.Images.Reverse()] };
        string[] first = Names(DatasetDivision.Of(dataset, Alone(dataset), parts, 5));
        Assert.Equal(first, Names(DatasetDivision.Of(dataset, Alone(dataset), parts, 5)));
        Assert.Equal(first, Names(DatasetDivision.Of(turned, Alone(turned), parts, 5)));
        Assert.NotEqual(first, Names(DatasetDivision.Of(dataset, Alone(dataset), parts, 6)));

        static string[] Names(IReadOnlyList<Dataset> divided) =>
            [
                .. divided.SelectMany(part =>
                    part.Images.Select(image => $"{part.Split} {image.FileName}").Order(StringComparer.Ordinal)
                ),
            ];
    }

    [Fact]
    public void Copies_stay_together()
    {
        Dataset dataset = Drawn(300);
        int[] groups = [.. Enumerable.Range(0, 300).Select(place => place - (place % 3))];
        IReadOnlyList<Dataset> divided = DatasetDivision.Of(dataset, groups, parts, 0);
        RequireWhole(dataset, divided);
        Assert.All(
            divided.SelectMany(part => part.Images.GroupBy(image => (image.Id - 1) / 3)),
            group => Assert.Equal(3, group.Count())
        );
        Assert.Contains(
            "no image is left for the part",
            Assert.Throws<DataException>(() => DatasetDivision.Of(dataset, new int[300], parts, 0)).Message,
            StringComparison.Ordinal
        );
    }

    private static int[] Alone(Dataset dataset) => [.. Enumerable.Range(0, dataset.Images.Count)];

    private static void RequireWhole(Dataset dataset, IReadOnlyList<Dataset> divided)
    {
        Assert.Equal(["train", "val", "test"], divided.Select(part => part.Split));
        Assert.Equal(
            dataset.Images.OrderBy(image => image.Id),
            divided.SelectMany(part => part.Images).OrderBy(image => image.Id)
        );
    }

    private static void RequireBalanced(Dataset dataset, IReadOnlyList<Dataset> divided)
    {
        for (int label = 0; label < dataset.Classes.Count; label++)
        {
            double total = Count(dataset);
            Assert.All(
                divided.Zip(parts),
                pair => Assert.InRange(Count(pair.First) / total, pair.Second.Share - 0.02, pair.Second.Share + 0.02)
            );

            int Count(Dataset part) => part.Images.Sum(image => image.Boxes.Count(box => box.Label == label));
        }
        Assert.All(
            divided.Zip(parts),
            pair =>
                Assert.InRange(
                    pair.First.Images.Count / (double)dataset.Images.Count,
                    pair.Second.Share - 0.02,
                    pair.Second.Share + 0.02
                )
        );
    }

    /// <summary>Five classes, the rarest with one box in 16 images.</summary>
    private static Dataset Drawn(int images)
    {
        Random random = new(3);
        return new Dataset(
            "drawn",
            "all",
            [.. Enumerable.Range(1, 5).Select(id => new ClassName(id, $"class {id}"))],
            [
                .. Enumerable
                    .Range(1, images)
                    .Select(id => new ImageRecord(id, $"/{id}.png", $"{id}.png", 9, 9, [.. Boxes(id)])),
            ],
            []
        );

        IEnumerable<GroundTruthBox> Boxes(int image) =>
            from label in Enumerable.Range(0, 5)
            from box in Enumerable.Range(0, image % (1 << label) == 0 ? random.Next(1, 4 - (label / 2)) : 0)
            select new GroundTruthBox(box, label, box + 1, label + 1, label, Crowd: false, 1, image);
    }
}
