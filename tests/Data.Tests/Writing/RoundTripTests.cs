using DynamicRcnn.Data.Tests.Annotations;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Writing;

/// <summary>Real annotations from one layout to the next: COCO, YOLO, Pascal VOC and COCO again.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("bccd")]
    [InlineData("coco_mini")]
    public void Every_box_stays_within_half_a_pixel_and_in_its_class(string set)
    {
        Dataset[] coco = [Splits(SharedData.Folder(set))[0]];
        IReadOnlyList<Dataset> yolo = Written("yolo", coco, DatasetFormat.Yolo);
        RequireSame(coco, yolo, 0);
        IReadOnlyList<Dataset> voc = Written("voc", yolo, DatasetFormat.Voc);
        RequireSame(coco, voc, 0.5f);
        RequireSame(voc, Written("coco", voc, DatasetFormat.Coco), 0);
    }

    [Fact]
    public void COCO_keeps_crowds_areas_and_ids()
    {
        Dataset[] coco = Splits(SharedData.Folder("coco_mini"));
        IReadOnlyList<Dataset> again = Written("coco", coco, DatasetFormat.Coco);
        Assert.Equal(coco[0].Classes, again[0].Classes);
        Assert.Equal(
            coco[0].Images.Select(image => (image.Id, image.FileName, image.Width, image.Height)),
            again[0].Images.Select(image => (image.Id, image.FileName, image.Width, image.Height))
        );
        Assert.Equal(coco[0].Images.SelectMany(image => image.Boxes), again[0].Images.SelectMany(image => image.Boxes));
    }

    private IReadOnlyList<Dataset> Written(string name, IReadOnlyList<Dataset> splits, DatasetFormat format)
    {
        DatasetWriter.Write(data.Path(name), splits, new WritingOptions(format, Link: true));
        IReadOnlyList<Dataset> read = Splits(data.Path(name));
        Assert.Equal(splits.Select(split => split.Split), read.Select(split => split.Split));
        Assert.All(read, split => Assert.Empty(split.Findings));
        return read;
    }

    private static Dataset[] Splits(string folder) =>
        [.. DatasetReader.Splits(folder).Select(split => DatasetReader.Open(folder, split))];

    private static void RequireSame(IReadOnlyList<Dataset> expected, IReadOnlyList<Dataset> read, float tolerance)
    {
        foreach ((Dataset split, Dataset other) in expected.Zip(read))
        {
            Dictionary<string, ImageRecord> byName = other.Images.ToDictionary(image => image.FileName);
            Assert.Equal(split.Images.Count, byName.Count);
            foreach (ImageRecord image in split.Images)
            {
                GroundTruthBox[] boxes = [.. image.Boxes.Where(box => !box.Crowd)];
                IReadOnlyList<GroundTruthBox> now = byName[image.FileName].Boxes;
                Assert.Equal(
                    boxes.Select(box => split.Classes[box.Label].Name),
                    now.Select(box => other.Classes[box.Label].Name)
                );
                foreach ((GroundTruthBox box, GroundTruthBox moved) in boxes.Zip(now))
                {
                    // Pascal VOC's narrowest box has two pixels.
                    float x = box.X2 - box.X1 < 3 ? 3 * tolerance : tolerance;
                    float y = box.Y2 - box.Y1 < 3 ? 3 * tolerance : tolerance;
                    Assert.InRange(Math.Abs(box.X1 - moved.X1), 0, x);
                    Assert.InRange(Math.Abs(box.X2 - moved.X2), 0, x);
                    Assert.InRange(Math.Abs(box.Y1 - moved.Y1), 0, y);
                    Assert.InRange(Math.Abs(box.Y2 - moved.Y2), 0, y);
                }
            }
        }
    }
}
