using System.Globalization;
using System.Text.Json;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>Real annotations from one layout to the next: COCO, YOLO, Pascal VOC and COCO again.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("bccd", "images", "instances_val.json")]
    [InlineData("coco_mini", "images/val", "instances_val.json")]
    public void Every_box_stays_within_half_a_pixel_and_in_its_class(string set, string images, string file)
    {
        string folder = SharedData.Folder(set);
        Dataset coco = Whole(
            CocoReader.Read(Path.Combine(folder, "annotations", file), Path.Combine(folder, images), "val")
        );
        Dataset yolo = Read("yolo", coco, WriteYolo);
        Dataset voc = Read("voc", yolo, WriteVoc);
        Dataset again = Read("coco", voc, WriteCoco);
        Assert.All([yolo, voc, again], read => RequireSame(coco, read));
    }

    /// <summary>Images with boxes, and the boxes that every layout can hold.</summary>
    private static Dataset Whole(Dataset dataset) =>
        dataset with
        {
            Images =
            [
                .. dataset
                    .Images.Select(image => image with { Boxes = [.. image.Boxes.Where(box => !box.Crowd)] })
                    .Where(image => image.Boxes.Count > 0)
                    .OrderBy(image => image.FileName, StringComparer.Ordinal),
            ],
        };

    private Dataset Read(string name, Dataset dataset, Action<string, Dataset> write)
    {
        foreach (ImageRecord image in dataset.Images)
        {
            string copy = data.Path($"{name}/images/{Path.GetFileName(image.Path)}");
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.CreateSymbolicLink(copy, image.Path);
        }
        write(name, dataset);
        return DatasetReader.Open(data.Path(name), "train");
    }

    private void WriteYolo(string name, Dataset dataset)
    {
        data.Text($"{name}/classes.txt", string.Join('\n', dataset.Classes.Select(known => known.Name)));
        foreach (ImageRecord image in dataset.Images)
        {
            IEnumerable<string> rows = image.Boxes.Select(box =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{box.Label} {(box.X1 + box.X2) / 2 / image.Width:F6} {(box.Y1 + box.Y2) / 2 / image.Height:F6} {(box.X2 - box.X1) / image.Width:F6} {(box.Y2 - box.Y1) / image.Height:F6}"
                )
            );
            data.Text($"{name}/labels/{Stem(image)}.txt", string.Join('\n', rows));
        }
    }

    // Pixels from 1, the maximum being the last.
    private void WriteVoc(string name, Dataset dataset)
    {
        foreach (ImageRecord image in dataset.Images)
        {
            string size = $"<size><width>{image.Width}</width><height>{image.Height}</height></size>";
            IEnumerable<(string, string)> objects = image.Boxes.Select(box =>
                (
                    dataset.Classes[box.Label].Name,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{box.X1 + 1:F3} {box.Y1 + 1:F3} {box.X2:F3} {box.Y2:F3}"
                    )
                )
            );
            data.Text($"{name}/Annotations/{Stem(image)}.xml", SmallData.Annotation(size, [.. objects]));
        }
    }

    private void WriteCoco(string name, Dataset dataset)
    {
        long id = 0;
        data.Text(
            $"{name}/annotations/instances_train.json",
            JsonSerializer.Serialize(
                new
                {
                    categories = dataset.Classes.Select(known => new { id = known.Id, name = known.Name }),
                    images = dataset.Images.Select(image => new
                    {
                        id = image.Id,
                        file_name = image.FileName,
                        width = image.Width,
                        height = image.Height,
                    }),
                    annotations = dataset.Images.SelectMany(image =>
                        image.Boxes.Select(box => new
                        {
                            id = ++id,
                            image_id = image.Id,
                            category_id = dataset.Classes[box.Label].Id,
                            bbox = new[] { box.X1, box.Y1, box.X2 - box.X1, box.Y2 - box.Y1 },
                        })
                    ),
                }
            )
        );
    }

    private static string Stem(ImageRecord image) => Path.GetFileNameWithoutExtension(image.Path);

    private static void RequireSame(Dataset expected, Dataset read)
    {
        Dictionary<string, ImageRecord> byName = read.Images.ToDictionary(Stem);
        Assert.Equal(expected.Images.Count, byName.Count);
        foreach (ImageRecord image in expected.Images)
        {
            ImageRecord other = byName[Stem(image)];
            Assert.Equal(
                image.Boxes.Select(box => expected.Classes[box.Label].Name),
                other.Boxes.Select(box => read.Classes[box.Label].Name)
            );
            Assert.All(
                image.Boxes.Zip(other.Boxes),
                pair =>
                {
                    Assert.Equal(pair.First.X1, pair.Second.X1, 0.5f);
                    Assert.Equal(pair.First.Y1, pair.Second.Y1, 0.5f);
                    Assert.Equal(pair.First.X2, pair.Second.X2, 0.5f);
                    Assert.Equal(pair.First.Y2, pair.Second.Y2, 0.5f);
                }
            );
        }
    }
}
