using System.Text;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

public static class PickleTextTests
{
    [Theory]
    [InlineData(@"'a b'", "a b")]
    [InlineData("\"it's\"", "it's")]
    [InlineData("'\\\\ \\' \\\"'", "\\ ' \"")]
    [InlineData(@"'\n\r\t\a\b\f\v'", "\n\r\t\a\b\f\v")]
    [InlineData(@"'\x00\xfF9'", "\0\u00ff9")]
    [InlineData(@"'\0\1234\77'", "\0S4?")]
    [InlineData("''", "")]
    public static void Escapes_of_a_quoted_text_are_pythons(string line, string expected) =>
        Assert.Equal(expected, Encoding.Latin1.GetString(PickleText.Quoted(Bytes(line))!.Value.Span));

    [Theory]
    [InlineData("")]
    [InlineData("'")]
    [InlineData("'a\"")]
    [InlineData("abc")]
    [InlineData(@"'\'")]
    [InlineData(@"'\x1'")]
    [InlineData(@"'\xgg'")]
    [InlineData(@"'\z'")]
    public static void A_text_with_broken_quotes_or_escapes_is_none(string line) =>
        Assert.Null(PickleText.Quoted(Bytes(line)));

    [Theory]
    [InlineData("a\\b", "a\\b")]
    [InlineData("\\u000a\\u20AC", "\n\u20ac")]
    [InlineData("\\U0001F600", "\ud83d\ude00")]
    [InlineData("\u00e9", "\u00e9")]
    public static void A_unicode_text_spells_letters_by_their_numbers(string line, string expected) =>
        Assert.Equal(expected, PickleText.RawUnicode(Bytes(line)));

    [Theory]
    [InlineData("\\u12")]
    [InlineData("\\uzzzz")]
    [InlineData("\\UFFFFFFFF")]
    public static void A_letter_with_a_broken_number_is_refused(string line) =>
        Assert.Null(PickleText.RawUnicode(Bytes(line)));

    [Fact]
    public static void Numbers_and_truths_are_told_apart()
    {
        Assert.Equal(false, PickleText.WholeOrTruth("00"u8));
        Assert.Equal(true, PickleText.WholeOrTruth("01"u8));
        Assert.Equal(-12L, PickleText.WholeOrTruth("-12"u8));
        Assert.Equal(7L, PickleText.Whole("7L"u8));
        Assert.Null(PickleText.Whole("99999999999999999999"u8));
        Assert.Null(PickleText.Whole("L"u8));
        Assert.Equal(0.02, PickleText.Real("0.02"u8));
        Assert.Equal(double.NegativeInfinity, PickleText.Real("-inf"u8));
        Assert.Null(PickleText.Real("one"u8));
    }

    private static byte[] Bytes(string line) => Encoding.Latin1.GetBytes(line);
}
