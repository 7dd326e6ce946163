using System.Text.Json;
using DynamicRcnn.Data.Demo;
using Xunit;

namespace DynamicRcnn.Data.Tests.Demo;

public sealed class DemoFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-demo-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_annotation_files_name_every_image_its_size_and_every_box()
    {
        DemoFolder.Write(folder, new DemoFolderOptions(5, TrainImages: 3, ValidationImages: 2), CancellationToken.None);
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(folder, "annotations", "instances_val.json"))
        );
        JsonElement[] images = [.. document.RootElement.GetProperty("images").EnumerateArray()];
        JsonElement[] boxes = [.. document.RootElement.GetProperty("annotations").EnumerateArray()];
        Assert.Equal(2, images.Length);
        Assert.Equal(5, document.RootElement.GetProperty("categories").GetArrayLength());
        for (int i = 0; i < images.Length; i++)
        {
            DemoImage drawn = DemoImages.Draw(5, DemoSplit.Validation, i);
            string path = Path.Combine(folder, "images", images[i].GetProperty("file_name").GetString()!);
            Assert.Equal(new ImageSize(drawn.Image.Width, drawn.Image.Height), ImageCodec.ReadFileSize(path));
            JsonElement[] own =
            [
                .. boxes.Where(box => box.GetProperty("image_id").GetInt32() == images[i].GetProperty("id").GetInt32()),
            ];
            Assert.Equal(drawn.Boxes.Count, own.Length);
            for (int b = 0; b < own.Length; b++)
            {
                double[] numbers = [.. own[b].GetProperty("bbox").EnumerateArray().Select(value => value.GetDouble())];
                Assert.Equal((int)drawn.Boxes[b].Kind + 1, own[b].GetProperty("category_id").GetInt32());
                Assert.Equal(drawn.Boxes[b].X1, numbers[0], 0.001);
                Assert.Equal(drawn.Boxes[b].Y2, numbers[1] + numbers[3], 0.002); // two numbers of three decimals
            }
        }
    }

    [Fact]
    public void Writing_again_gives_the_same_bytes()
    {
        var options = new DemoFolderOptions(5, TrainImages: 2, ValidationImages: 1);
        DemoFolder.Write(folder, options, CancellationToken.None);
        Dictionary<string, string> first = Content();
        DemoFolder.Write(folder, options, CancellationToken.None);
        Assert.Equal(5, first.Count);
        Assert.Equal(first, Content());
    }

    [Fact]
    public void A_scene_holds_the_objects_sizes_and_classes_that_are_asked_for()
    {
        DemoSceneOptions scene = new(1, 3, 60, 160, [6, 3, 1, 0, 0]);
        DemoBox[][] images =
        [
            .. Enumerable
                .Range(0, 80)
                .Select(index => DemoImages.Draw(1, DemoSplit.Train, index, scene).Boxes.ToArray()),
        ];
        DemoBox[] boxes = [.. images.SelectMany(image => image)];
        Assert.All(images, image => Assert.InRange(image.Length, 1, 3));
        Assert.All(boxes, box => Assert.InRange(Math.Max(box.X2 - box.X1, box.Y2 - box.Y1), 25, 160));
        double ShareOf(DemoShapeKind kind) => boxes.Count(box => box.Kind == kind) / (double)boxes.Length;
        Assert.InRange(ShareOf(DemoShapeKind.Disc), 0.5, 0.7);
        Assert.InRange(ShareOf(DemoShapeKind.Square), 0.2, 0.4);
        Assert.Equal(0, ShareOf(DemoShapeKind.Star) + ShareOf(DemoShapeKind.Ring));
    }

    [Fact]
    public void Label_noise_meets_as_many_labels_as_are_asked_for_in_the_training_split_alone()
    {
        const double share = 0.1;
        const int count = 600;
        DemoSceneOptions one = new(1, 1, 16, 112, [1, 1, 1, 1, 1]);
        int missing = 0;
        int swapped = 0;
        int moved = 0;
        for (int index = 0; index < count; index++)
        {
            DemoImage image = DemoImages.Draw(1, DemoSplit.Train, index, one);
            DemoBox truth = image.Boxes[0];
            IReadOnlyList<DemoBox> labels = DemoLabelNoise.Of(image, share, seed: 1, index);
            if (labels.Count == 0)
            {
                missing++;
            }
            else if (labels[0].Kind != truth.Kind)
            {
                swapped++;
                Assert.Equal(truth, labels[0] with { Kind = truth.Kind });
            }
            else if (labels[0] != truth)
            {
                moved++;
                Assert.InRange(Math.Abs(labels[0].X1 - truth.X1), 0, 0.25 * (truth.X2 - truth.X1));
                Assert.InRange(labels[0].X2, labels[0].X1, image.Image.Width);
            }
        }

        // Three standard deviations of so many lots are 0.037.
        Assert.All([missing, swapped, moved], met => Assert.InRange(met / (double)count, share - 0.037, share + 0.037));

        DemoFolderOptions options = new(5, TrainImages: 2, ValidationImages: 2);
        DemoFolder.WriteWhole(Path.Combine(folder, "exact"), options, CancellationToken.None);
        DemoFolder.WriteWhole(Path.Combine(folder, "noisy"), options with { LabelNoise = 0.3 }, CancellationToken.None);
        string[] differing =
        [
            .. Directory
                .EnumerateFiles(Path.Combine(folder, "exact"), "*", SearchOption.AllDirectories)
                .Where(path =>
                    !File.ReadAllBytes(path)
                        .SequenceEqual(File.ReadAllBytes(path.Replace("exact", "noisy", StringComparison.Ordinal)))
                )
                .Select(path => Path.GetFileName(path)),
        ];
        Assert.Equal(["instances_train.json"], differing);
    }

    private Dictionary<string, string> Content() =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));
}
