using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class LabelPlacesTests
{
    [Fact]
    public void Labels_of_one_place_cover_each_other_only_when_the_picture_is_full()
    {
        LabelPlaces places = new(100, 100);
        (int Left, int Top)[] taken = [.. Enumerable.Range(0, 20).Select(_ => places.Take((30, 40, 70, 80), 50, 10))];
        Assert.Equal((30, 30), taken[0]); // above the box
        Assert.All(taken, place => Assert.True(place is { Left: >= 0 and <= 50, Top: >= 0 and <= 90 }, $"{place}"));
        Assert.Equal(10, taken.Distinct().Count()); // one in each row of labels
        Assert.Equal(taken[0], taken[^1]);
    }

    [Fact]
    public void A_label_without_room_above_its_box_lies_in_it_and_one_at_the_right_edge_in_the_picture()
    {
        Assert.Equal((10, 3), new LabelPlaces(100, 100).Take((10, 3, 60, 60), 40, 10));
        Assert.Equal((60, 40), new LabelPlaces(100, 100).Take((90, 50, 100, 60), 40, 10));
        Assert.Equal((0, 0), new LabelPlaces(30, 5).Take((10, 0, 20, 5), 40, 10));
    }

    [Fact]
    public void The_label_of_a_second_class_of_one_object_is_readable()
    {
        RgbImage image = TestPictures.Plain(120, 100, RgbColor.White);
        float[] box = [30, 40, 90, 80];
        RgbImage drawn = DetectionPicture.Draw(image, [.. box, .. box], [4, 5], [0.9f, 0.2f], []);
        Assert.Equal(ClassPalette.ColorOf(4), drawn[31, 30]);
        int other = Enumerable.Range(0, 120 * 100).Count(i => drawn[i % 120, i / 120] == ClassPalette.ColorOf(5));
        Assert.True(other > 200, $"{other} pixels of the second label");
    }
}
