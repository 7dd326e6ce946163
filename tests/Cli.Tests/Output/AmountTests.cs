using Xunit;

namespace DynamicRcnn.Cli.Tests.Output;

public sealed class AmountTests
{
    [Theory]
    [InlineData(9, "9 s")]
    [InlineData(184, "3 min 04 s")]
    [InlineData(7620, "2 h 07 min")]
    [InlineData(100000, "27 h 46 min")]
    public void A_time_is_said_in_its_two_largest_units(double seconds, string expected) =>
        Assert.Equal(expected, Amount.Time(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0.025, "+0.025")]
    [InlineData(-0.01, "-0.010")]
    [InlineData(-0.0004, "+0.000")]
    public void A_gain_has_one_sign(double value, string expected) => Assert.Equal(expected, Amount.Signed(value));

    [Fact]
    public void One_thing_is_not_many()
    {
        Assert.Equal("1 image", Amount.Count(1, "image"));
        Assert.Equal("0 images", Amount.Count(0, "image"));
        Assert.Equal("2 boxes", Amount.Count(2, "box", "boxes"));
    }
}
