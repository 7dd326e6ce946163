namespace DynamicRcnn.Model;

/// <summary>Where the K foreground classes and the background sit among the box head's outputs.</summary>
/// <param name="ClassCount">K.</param>
/// <param name="BackgroundFirst">Background is row 0 (and has an unused box); otherwise it is row K and has none.</param>
/// <param name="ClassAgnostic">One box for all classes, as in a cascade.</param>
internal sealed record ClassLayout(int ClassCount, bool BackgroundFirst, bool ClassAgnostic = false)
{
    /// <summary>Row of the background among the logits.</summary>
    public int BackgroundRow => BackgroundFirst ? 0 : ClassCount;

    /// <summary>Row of foreground class 0 among logits and boxes.</summary>
    public int FirstForegroundRow => BackgroundFirst ? 1 : 0;

    /// <summary>Rows of the classifier.</summary>
    public int LogitCount => ClassCount + 1;

    /// <summary>Boxes of the regressor.</summary>
    public int BoxCount => ClassAgnostic ? 1 : ClassCount + FirstForegroundRow;
}
