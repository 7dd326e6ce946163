using System.Globalization;

namespace DynamicRcnn.Cli;

/// <summary>Sizes, durations and counts in words.</summary>
internal static class Amount
{
    private const double Gigabyte = 1e9;
    private const double Megabyte = 1e6;

    /// <summary>"7.9 GB" or "312 MB".</summary>
    public static string Bytes(long bytes) =>
        bytes >= Gigabyte ? $"{bytes / Gigabyte:F1} GB" : $"{bytes / Megabyte:F0} MB";

    /// <summary>"12 s", "3 min 04 s" or "2 h 07 min".</summary>
    public static string Time(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes:D2} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:D2} s"
        : $"{time.TotalSeconds:F0} s";

    /// <summary>"1 image", "2 images".</summary>
    public static string Count(long count, string one) => Count(count, one, one + "s");

    /// <summary>"1 box", "2 boxes".</summary>
    public static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : $"{count} {many}";

    /// <summary>"12.5 %".</summary>
    public static string Percent(double share) => $"{100 * share:F1} %";

    /// <summary>"+0.025" or "-0.010"; what rounds to nothing is "+0.000".</summary>
    public static string Signed(double value) =>
        (Math.Round(value, 3) + 0.0).ToString("+0.000;-0.000", CultureInfo.InvariantCulture); // -0 + 0 is 0
}
