using DynamicRcnn.Data.Demo;
using Xunit;

namespace DynamicRcnn.Data.Tests.Demo;

public sealed class DemoImagesTests
{
    private const int Sample = 40;

    [Fact]
    public void The_same_seed_split_and_index_give_the_same_pixels_and_boxes()
    {
        DemoImage first = DemoImages.Draw(7, DemoSplit.Train, 3);
        DemoImage again = DemoImages.Draw(7, DemoSplit.Train, 3);
        Assert.True(first.Image.Pixels.AsSpan().SequenceEqual(again.Image.Pixels));
        Assert.Equal(first.Boxes, again.Boxes);
    }

    [Fact]
    public void Another_seed_split_or_index_gives_another_scene()
    {
        DemoImage first = DemoImages.Draw(7, DemoSplit.Train, 3);
        Assert.NotEqual(first.Boxes, DemoImages.Draw(8, DemoSplit.Train, 3).Boxes);
        Assert.NotEqual(first.Boxes, DemoImages.Draw(7, DemoSplit.Validation, 3).Boxes);
        Assert.NotEqual(first.Boxes, DemoImages.Draw(7, DemoSplit.Train, 4).Boxes);
    }

    [Fact]
    public void Every_image_has_3_to_20_objects_in_boxes_inside_it()
    {
        for (int index = 0; index < Sample; index++)
        {
            DemoImage drawn = DemoImages.Draw(1, DemoSplit.Train, index);
            Assert.InRange(drawn.Boxes.Count, 3, 20);
            Assert.InRange(drawn.Image.Width, 192, 256);
            Assert.InRange(drawn.Image.Height, 192, 256);
            Assert.Equal(drawn.Image.Width * drawn.Image.Height * 3, drawn.Image.Pixels.Length);
            Assert.All(
                drawn.Boxes,
                box =>
                {
                    Assert.True(box.X1 >= 0 && box.Y1 >= 0);
                    Assert.True(box.X2 <= drawn.Image.Width && box.Y2 <= drawn.Image.Height);
                    Assert.True(box.X2 - box.X1 > 8 && box.Y2 - box.Y1 > 8);
                    Assert.InRange(box.Area, 1, (box.X2 - box.X1 + 1) * (box.Y2 - box.Y1 + 1));
                }
            );
        }
    }

    [Fact]
    public void All_classes_crowds_overlaps_and_both_small_and_large_objects_occur()
    {
        DemoImage[] images = [.. Enumerable.Range(0, Sample).Select(i => DemoImages.Draw(1, DemoSplit.Train, i))];
        DemoBox[] boxes = [.. images.SelectMany(image => image.Boxes)];
        Assert.Equal(DemoImages.ClassNames.Count, boxes.Select(box => box.Kind).Distinct().Count());
        Assert.Contains(images, image => image.Boxes.Count >= 15);
        Assert.Contains(images, image => image.Boxes.Any(a => image.Boxes.Any(b => a != b && Overlap(a, b))));
        Assert.Contains(boxes, box => box.X2 - box.X1 < 20);
        Assert.Contains(boxes, box => box.X2 - box.X1 > 80);
    }

    [Fact]
    public void The_colour_of_a_small_object_does_not_tell_its_class()
    {
        // The mean green of each class at the objects' centres differs by far less than the range of 225.
        var greens = new Dictionary<DemoShapeKind, List<double>>();
        for (int index = 0; index < 4 * Sample; index++)
        {
            DemoImage drawn = DemoImages.Draw(2, DemoSplit.Train, index);
            foreach (DemoBox box in drawn.Boxes.Where(box => box.Kind != DemoShapeKind.Ring))
            {
                int at = (((int)((box.Y1 + box.Y2) / 2) * drawn.Image.Width) + (int)((box.X1 + box.X2) / 2)) * 3;
                if (!greens.TryGetValue(box.Kind, out List<double>? values))
                {
                    greens[box.Kind] = values = [];
                }

                values.Add(drawn.Image.Pixels[at + 1]);
            }
        }

        double[] means = [.. greens.Values.Select(values => values.Average())];
        Assert.InRange(means.Max() - means.Min(), 0, 25);
    }

    private static bool Overlap(DemoBox a, DemoBox b) =>
        Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) > 4 && Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) > 4;
}
