using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Boxes;

public static class BoxCoderTests
{
    private static readonly double[] RoIStd = [0.1, 0.1, 0.2, 0.2];

    public static TheoryData<bool> BothConventions => [false, true];

    private static Conventions Of(bool official) => official ? TestConfig.Official : TestConfig.MMDetection;

    [Theory]
    [MemberData(nameof(BothConventions))]
    public static void Decoding_undoes_encoding(bool official)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BoxCoder coder = new(RoIStd, Of(official));
        Random random = new(1);
        // Sides of 8 pixels or more: within 300 pixels no ratio reaches the bound of 62.5.
        float[] boxes = RandomBoxes(random, 200, 300, shortest: 8);
        Tensor references = Floats([200, 4], RandomBoxes(random, 200, 300, shortest: 8));
        Tensor decoded = coder.Decode(coder.Encode(Floats([200, 4], boxes), references), references);
        // Coordinates up to 300 in float32: a unit in the last place is 3e-5.
        Close(boxes, Read(decoded), 1e-4);
    }

    [Fact]
    public static void Deltas_are_in_reference_sides_and_standard_deviations()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BoxCoder coder = new(RoIStd, TestConfig.MMDetection);
        Tensor reference = Floats([1, 4], 10, 10, 30, 50); // centre (20, 30), 20 x 40
        Tensor box = Floats([1, 4], 4, 22, 44, 62); // centre (24, 42), 40 x 40
        Close([2, 3, (float)(Math.Log(2) / 0.2), 0], Read(coder.Encode(box, reference)), 1e-6);
    }

    [Fact]
    public static void With_offset_one_sides_count_both_border_pixels()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BoxCoder coder = new([1, 1, 1, 1], TestConfig.Official);
        Tensor reference = Floats([1, 4], 0, 0, 9, 9); // 10 x 10, centre (5, 5)
        Tensor box = Floats([1, 4], 5, 0, 14, 19); // 10 x 20, centre (10, 10)
        Close([0.5f, 0.5f, 0, (float)Math.Log(2)], Read(coder.Encode(box, reference)), 1e-6);
        Close([0, 0, 9, 9], Read(coder.Decode(torch.zeros([1, 4]), reference)), 1e-6);
    }

    [Theory]
    [MemberData(nameof(BothConventions))]
    public static void A_decoded_side_has_an_upper_bound_and_under_MMDetection_a_lower_one(bool official)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = Of(official);
        BoxCoder coder = new([1, 1, 1, 1], conventions);
        float far = 16 - conventions.BoxOffset;
        Tensor reference = Floats([1, 4], 0, 0, far, far);
        float[] box = Read(coder.Decode(Floats([1, 4], 0, 0, 100, -100), reference));
        float width = box[2] - box[0] + conventions.BoxOffset;
        float height = box[3] - box[1] + conventions.BoxOffset;
        Assert.Equal(1000, width, 0.01);
        Assert.Equal(official ? 0 : 16 * 16 / 1000.0, height, 1e-4);
    }

    [Fact]
    public static void The_centre_error_leaves_out_width_and_height()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Assert.Equal([2.5f], Read(BoxCoder.CentreError(Floats([1, 4], -2, 3, 100, float.NaN))));
    }
}
