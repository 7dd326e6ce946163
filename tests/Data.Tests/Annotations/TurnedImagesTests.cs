using DynamicRcnn.Core;
using DynamicRcnn.Data.Tests.Batches;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>Data sets whose pictures EXIF turns: a white box on black, at [10, 5, 40, 25] of 100 x 50 stored pixels.</summary>
public sealed class TurnedImagesTests : IDisposable
{
    private const int Width = 100;
    private const int Height = 50;
    private static readonly GroundTruthBox stored = new(10, 5, 40, 25, 0, false, 600, 1);

    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    public static TheoryData<int> Turns => [5, 6, 7, 8];

    public static TheoryData<int> Mirrors => [2, 3, 4];

    [Theory]
    [MemberData(nameof(Turns))]
    public void Boxes_whose_file_states_the_upright_size_stay(int value)
    {
        Picture("images/a.png", value);
        Coco(Height, Width, Turned(value));
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Shows(value, dataset);
    }

    [Theory]
    [MemberData(nameof(Turns))]
    public void Boxes_whose_file_states_the_stored_size_are_turned_with_the_picture(int value)
    {
        Picture("images/a.png", value);
        Coco(Width, Height, stored);
        Dataset dataset = data.Open();
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal(FindingKind.TurnedImage, finding.Kind);
        Assert.Contains("its boxes are turned with it", finding.Message, StringComparison.Ordinal);
        Shows(value, dataset);
    }

    [Theory]
    [MemberData(nameof(Mirrors))]
    public void Where_the_size_cannot_tell_the_boxes_belong_to_the_upright_picture(int value)
    {
        Picture("images/a.png", value);
        Coco(Width, Height, Turned(value));
        Dataset dataset = data.Open();
        Assert.Contains("drawn on the upright one", Assert.Single(dataset.Findings).Message, StringComparison.Ordinal);
        Shows(value, dataset);
    }

    [Theory]
    [MemberData(nameof(Turns))]
    public void Without_a_stated_size_the_header_gives_the_upright_one_and_the_boxes_belong_to_it(int value)
    {
        Picture("images/a.png", value);
        Coco(-1, -1, Turned(value));
        Dataset dataset = data.Open();
        Assert.Equal(
            [FindingKind.SizeFromHeader, FindingKind.TurnedImage],
            dataset.Findings.Select(finding => finding.Kind)
        );
        Assert.Contains($"{Height} x {Width} is taken", dataset.Findings[0].Message, StringComparison.Ordinal);
        Assert.Contains("drawn on the upright one", dataset.Findings[1].Message, StringComparison.Ordinal);
        Shows(value, dataset);
    }

    [Theory]
    [MemberData(nameof(Turns))]
    public void Boxes_around_polygons_are_turned_as_others_are(int value)
    {
        Picture("images/a.png", value);
        (float x1, float y1, float x2, float y2) = (stored.X1, stored.Y1, stored.X2, stored.Y2);
        string box = $"\"segmentation\":[[{x1},{y2},{x2},{y1},{x1},{y1}]]";
        Coco(Width, Height, box);
        Dataset dataset = data.Open();
        Assert.Equal(
            [FindingKind.BoxFromPolygon, FindingKind.TurnedImage],
            dataset.Findings.Select(finding => finding.Kind)
        );
        Shows(value, dataset);
    }

    [Fact]
    public void A_turned_picture_without_a_box_is_no_loss()
    {
        Picture("images/a.png", 6);
        data.Text(
            "annotations/instances_train.json",
            $$"""
            {"images":[{"id":1,"file_name":"a.png","width":{{Width}},"height":{{Height}}}],
             "categories":[{"id":1,"name":"box"}],"annotations":[]}
            """
        );
        Dataset dataset = data.Open();
        Assert.Equal(FindingKind.TurnedImage, Assert.Single(dataset.Findings).Kind);
        Assert.Empty(Assert.Single(dataset.Images).Boxes);
    }

    [Fact]
    public void An_image_whose_stated_size_fits_neither_picture_is_left_out()
    {
        Picture("images/a.png", 6);
        Coco(60, 80, new GroundTruthBox(1, 1, 9, 9, 0, false, 64, 1));
        string text = Assert.Throws<DataException>(() => data.Open()).Message;
        Assert.Contains(
            "a.png: the image is 50 x 100, but its annotation says 60 x 80",
            text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [MemberData(nameof(Turns))]
    public void Pascal_VOC_is_read_by_the_same_rule(int value)
    {
        Picture("stored.png", value);
        Picture("upright.png", value);
        GroundTruthBox turned = Turned(value);
        data.Text("stored.xml", Voc(Width, Height, stored));
        data.Text("upright.xml", Voc(Height, Width, turned));
        Dataset dataset = data.Open();
        Assert.Equal(2, dataset.TurnedImages);
        Assert.Equal(data.Path("stored.png"), Assert.Single(dataset.Findings).File);
        foreach (ImageRecord image in dataset.Images)
        {
            Assert.Equal((Height, Width), (image.Width, image.Height));
            Assert.Equal(Corners(turned), Corners(Assert.Single(image.Boxes)));
        }
    }

    [Fact]
    public void Pascal_VOC_without_a_size_and_YOLO_mean_the_upright_picture_and_of_many_images_three_are_named()
    {
        GroundTruthBox turned = Turned(6);
        for (int i = 0; i < 5; i++)
        {
            Picture($"voc/{i}.png", 6);
            data.Text($"voc/{i}.xml", Voc(0, 0, turned));
            Picture($"yolo/images/train/{i}.png", 6);
            data.Text(
                $"yolo/labels/train/{i}.txt",
                FormattableString.Invariant(
                    $"0 {(turned.X1 + turned.X2) / 2 / Height} {(turned.Y1 + turned.Y2) / 2 / Width} {(turned.X2 - turned.X1) / Height} {(turned.Y2 - turned.Y1) / Width}"
                )
            );
        }
        data.Text("yolo/classes.txt", "box\n");
        foreach (string folder in (string[])["voc", "yolo"])
        {
            Dataset dataset = DatasetReader.Open(data.Path(folder), "train");
            Assert.Equal([1, 1, 3], dataset.Findings.Select(finding => finding.Count));
            Assert.All(
                dataset.Findings.Zip(dataset.Images),
                pair =>
                {
                    (Finding finding, ImageRecord image) = pair;
                    Assert.Equal((FindingKind.TurnedImage, image.Path), (finding.Kind, finding.Place));
                    Assert.Contains("drawn on the upright one", finding.Message, StringComparison.Ordinal);
                }
            );
            Assert.Equal(5, dataset.TurnedImages);
            Assert.All(dataset.Images, image => Assert.Equal((Height, Width), (image.Width, image.Height)));
            Assert.All(
                dataset.Images,
                image =>
                    Assert.Equal(
                        Corners(turned),
                        Corners(Assert.Single(image.Boxes)).Select(corner => MathF.Round(corner))
                    )
            );
        }
    }

    [Theory]
    [InlineData(Width, Height)]
    [InlineData(Height, Width)]
    public void A_batch_holds_the_upright_picture_and_its_boxes(int statedWidth, int statedHeight)
    {
        Picture("images/a.png", 6);
        Coco(statedWidth, statedHeight, statedWidth == Width ? stored : Turned(6));
        Config config = TestSource.Config(
            "data.flipProbability=0",
            $"data.shortSides={Height}",
            $"data.maxSide={Width}",
            "data.padMultiple=1"
        );
        using BatchSource batches = BatchSource.Train(
            data.Open(),
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            batchSize: 1,
            seed: 5,
            firstIteration: 1
        );
        ImageBatch batch = batches.Next();
        Assert.Equal((Height, Width), (batch.Width, batch.Height));
        float[] box = batch.Items[0].Boxes;
        Assert.Equal(Corners(Turned(6)), box);
        float[] pixels = batch.Normalised();
        for (int y = 0; y < batch.Height; y++)
        {
            for (int x = 0; x < batch.Width; x++)
            {
                bool inside = x >= box[0] && x < box[2] && y >= box[1] && y < box[3];
                Assert.Equal(inside, pixels[(y * batch.Width) + x] != pixels[0]);
            }
        }
        Assert.Empty(batches.Findings);
    }

    [Theory]
    [InlineData("coco", 0)]
    [InlineData("yolo", 2)]
    public void Reported_data_sets_are_read_upright(string folder, int findings)
    {
        Dataset dataset = DatasetReader.Open(SharedData.Folder("reports", "05-exif", folder), "train");
        Assert.Equal(findings, dataset.Findings.Sum(finding => finding.Count));
        Assert.Equal(dataset.Images.Count, dataset.TurnedImages);
        ImageRecord first = dataset.Images[0];
        Assert.Equal((64, 96), (first.Width, first.Height));
        Assert.Equal([36, 10, 56, 34], Corners(first.Boxes[0]).Select(corner => MathF.Round(corner)));
        foreach (ImageRecord image in dataset.Images)
        {
            RgbImage picture = ImageCodec.ReadFile(image.Path);
            Assert.Null(image.Mismatch(picture));
            foreach (GroundTruthBox box in image.Boxes)
            {
                RgbColor color = picture[(int)((box.X1 + box.X2) / 2), (int)((box.Y1 + box.Y2) / 2)];
                bool isRed = dataset.Classes[box.Label].Name == "red";
                Assert.True(isRed ? color.Red > color.Green + 50 : color.Green > color.Red + 50, $"{color}");
            }
        }
    }

    private static GroundTruthBox Turned(int value) =>
        Orientation.OfExif(value).Turn(stored, new ImageSize(Width, Height));

    private static float[] Corners(GroundTruthBox box) => [box.X1, box.Y1, box.X2, box.Y2];

    private static void Shows(int value, Dataset dataset)
    {
        Assert.Equal(1, dataset.TurnedImages);
        ImageRecord image = Assert.Single(dataset.Images);
        Assert.Null(image.Mismatch(ImageCodec.ReadFile(image.Path)));
        Assert.Equal(Corners(Turned(value)), Corners(Assert.Single(image.Boxes)));
        Assert.Equal(stored.Area, image.Boxes[0].Area);
    }

    private void Picture(string name, int value)
    {
        Canvas canvas = new(new RgbImage(Width, Height, new byte[3 * Width * Height]));
        canvas.FillRectangle((int)stored.X1, (int)stored.Y1, (int)stored.X2, (int)stored.Y2, RgbColor.White);
        string file = data.Path(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, ExifBytes.InPng(ImageCodec.EncodePng(canvas.ToImage()), ExifBytes.Tiff(value)));
    }

    private void Coco(int width, int height, GroundTruthBox box) =>
        Coco(width, height, $"\"bbox\":[{box.X1},{box.Y1},{box.X2 - box.X1},{box.Y2 - box.Y1}]");

    private void Coco(int width, int height, string box) =>
        data.Text(
            "annotations/instances_train.json",
            $$"""
            {"images":[{"id":1,"file_name":"a.png","width":{{width}},"height":{{height}}}],"categories":[{"id":1,"name":"box"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"area":600,{{box}}}]}
            """
        );

    private static string Voc(int width, int height, GroundTruthBox box) =>
        SmallData.Annotation(
            $"<size><width>{width}</width><height>{height}</height></size>",
            ("box", $"{box.X1 + 1} {box.Y1 + 1} {box.X2} {box.Y2}")
        );
}
