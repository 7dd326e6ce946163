using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class DrawingTests
{
    private static readonly RgbColor Ink = new(250, 10, 20);

    private static int CountInk(RgbImage image, RgbColor color)
    {
        int count = 0;
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            count += image[i % image.Width, i / image.Width] == color ? 1 : 0;
        }
        return count;
    }

    [Theory]
    [InlineData(1, 28)]
    [InlineData(2, 48)]
    [InlineData(100, 64)]
    public void A_rectangle_is_as_thick_as_asked_and_grows_inwards(int thickness, int pixels)
    {
        Canvas canvas = new(TestPictures.Plain(20, 20, RgbColor.White));
        canvas.DrawRectangle(4, 5, 12, 13, Ink, thickness);
        RgbImage image = canvas.ToImage();
        Assert.Equal(pixels, CountInk(image, Ink));
        Assert.Equal(Ink, image[4, 5]);
        Assert.Equal(Ink, image[11, 12]);
        Assert.Equal(RgbColor.White, image[12, 13]);
    }

    [Fact]
    public void Drawing_outside_the_picture_is_clipped()
    {
        Canvas canvas = new(TestPictures.Plain(6, 4, RgbColor.White));
        canvas.DrawRectangle(-50, -50, 100, 100, Ink, 3);
        canvas.FillRectangle(7, 0, 3, 4, Ink);
        canvas.DrawText(-3, -3, "outside", Ink, 3);
        canvas.DrawText(1000, 1000, "outside", Ink);
        canvas.FillRectangle(int.MinValue, 1, int.MaxValue, 2, Ink);
        Assert.Equal(Ink, canvas.ToImage()[5, 1]);
    }

    [Fact]
    public void Drawing_leaves_the_given_picture_alone()
    {
        RgbImage image = TestPictures.Plain(5, 5, RgbColor.White);
        new Canvas(image).FillRectangle(0, 0, 5, 5, Ink);
        Assert.Equal(25, CountInk(image, RgbColor.White));
    }

    [Fact]
    public void Every_printable_character_has_a_glyph_of_its_own()
    {
        HashSet<string> glyphs = [];
        for (char character = ' '; character <= '~'; character++)
        {
            glyphs.Add(Glyph(character));
        }
        Assert.Equal(95, glyphs.Count);
        Assert.Equal(Glyph('?'), Glyph('é'));
        Assert.DoesNotContain('#', Glyph(' '));

        static string Glyph(char character)
        {
            Canvas canvas = new(TestPictures.Plain(6, 9, RgbColor.White));
            canvas.DrawText(0, 0, character.ToString(), RgbColor.Black);
            RgbImage image = canvas.ToImage();
            return string.Concat(
                Enumerable.Range(0, 54).Select(i => image[i % 6, i / 6] == RgbColor.Black ? '#' : '.')
            );
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Text_scales_in_whole_points(int scale)
    {
        Canvas canvas = new(TestPictures.Plain(200, 40, RgbColor.White));
        canvas.DrawText(2, 2, "Platelets 0.97", Ink, scale);
        Canvas single = new(TestPictures.Plain(200, 40, RgbColor.White));
        single.DrawText(2, 2, "Platelets 0.97", Ink);
        int expected = CountInk(single.ToImage(), Ink) * scale * scale;
        int fitting = Canvas.TextWidth("Platelets 0.97", scale) <= 198 ? expected : -1;
        int drawn = CountInk(canvas.ToImage(), Ink);
        Assert.True(fitting == drawn || (fitting == -1 && drawn < expected));
    }

    [Fact]
    public void Neighbouring_classes_have_colours_far_apart()
    {
        for (int label = 0; label < 80; label++)
        {
            RgbColor a = ClassPalette.ColorOf(label);
            RgbColor b = ClassPalette.ColorOf(label + 1);
            int distance = Math.Abs(a.Red - b.Red) + Math.Abs(a.Green - b.Green) + Math.Abs(a.Blue - b.Blue);
            Assert.True(distance > 100, $"{label}: {a} and {b}");
            Assert.Equal(a, ClassPalette.ColorOf(label));
        }
    }

    [Fact]
    public void A_detection_shows_its_box_and_its_label_bar_in_its_colour()
    {
        RgbImage image = TestPictures.Plain(120, 100, RgbColor.White);
        RgbImage drawn = DetectionPicture.Draw(image, [30.2f, 40.4f, 89.6f, 79.7f], [1], [0.934f], ["a", "cell"]);
        RgbColor color = ClassPalette.ColorOf(1);
        Assert.Equal(color, drawn[30, 40]);
        Assert.Equal(color, drawn[89, 79]);
        Assert.Equal(RgbColor.White, drawn[60, 60]);
        Assert.Equal(color, drawn[31, 30]); // the bar lies above the box
    }

    [Fact]
    public void The_most_certain_detection_lies_on_top()
    {
        RgbImage image = TestPictures.Plain(60, 60, RgbColor.White);
        float[] boxes = [10, 20, 50, 50, 10, 20, 50, 50];
        RgbImage drawn = DetectionPicture.Draw(image, boxes, [4, 5], [0.9f, 0.2f], []);
        Assert.Equal(ClassPalette.ColorOf(4), drawn[10, 40]);
    }

    [Fact]
    public void Hostile_boxes_and_names_do_no_harm()
    {
        RgbImage image = TestPictures.Plain(30, 20, RgbColor.White);
        float[] boxes = [float.NaN, 0, 5, 5, -1e30f, -1e30f, 1e30f, 1e30f, 25, 15, 5, 5, 100, 100, 200, 200];
        RgbImage drawn = DetectionPicture.Draw(image, boxes, [0, -7, 99, 2], [1, float.NaN, 0.5f, 0.5f], ["日本\n語"]);
        Assert.Equal((30, 20), (drawn.Width, drawn.Height));
        Assert.Throws<ArgumentException>(() => DetectionPicture.Draw(image, [1, 2, 3], [0], [], []));
    }

    [Fact]
    public void Without_detections_the_picture_is_unchanged()
    {
        RgbImage image = TestPictures.Gradient(40, 30);
        Assert.Equal(image.Pixels, DetectionPicture.Draw(image, [], [], [], ["a"]).Pixels);
    }
}
