using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>What to do about each kind of finding.</summary>
internal static class FindingAdvice
{
    /// <summary>One sentence.</summary>
    public static string Of(FindingKind kind) =>
        kind switch
        {
            FindingKind.ZeroAreaBox => "draw the box again, or delete its annotation.",
            FindingKind.BoxOutside => "check that the annotation belongs to this image and counts pixels of its size.",
            FindingKind.UnknownCategory => "add the class to the list of classes, or delete the annotation.",
            FindingKind.UnknownImage => "see what is said of that image, or delete its annotations.",
            FindingKind.DuplicateId => "give each image, category and annotation an id of its own.",
            FindingKind.DuplicateBox => "delete one of the two boxes.",
            FindingKind.MissingImage => "put the image where it is expected, or delete it from the annotations.",
            FindingKind.UndecodableImage => "replace the image, or convert it to a format that docs/data.md names.",
            FindingKind.SizeMismatch => "annotate the image as it is now, or take the one that was annotated.",
            FindingKind.NameOutsideFolder => "move the image into the data set and name it from there.",
            FindingKind.UnreadableLabel => "mend or delete the line or the file.",
            FindingKind.MissingBox => "give the annotation a bbox of [x, y, width, height], or delete it.",
            FindingKind.RenumberedId => "nothing for training; other tools want ids from 1.",
            FindingKind.BoxFromPolygon => "nothing, if the rectangle around the outline is what shall be found.",
            FindingKind.SizeFromHeader => "nothing, if the images are those that were annotated.",
            FindingKind.SharedFile =>
                "give each picture a file name of its own: one of them was overwritten by another.",
            FindingKind.ExtraColumns => "nothing, if the columns that were read are the box.",
            FindingKind.ForeignPath =>
                "nothing, if the file is the one that is meant; else name it from the data set's folder.",
            FindingKind.OtherPlace => "name what is meant from the file's folder.",
            FindingKind.PassedOver => "nothing, if it is not meant; else name it with --data, --train or --val.",
            FindingKind.Unannotated => "annotate the image, or move it elsewhere.",
            FindingKind.SharedImage =>
                "keep an image in one split: figures on images that were trained on say nothing.",
            FindingKind.CopiedImage =>
                "keep all copies in one split, as drcnn data split does; --json lists every one.",
            FindingKind.ClassName => "give each class a name of its own, without spaces around it.",
            FindingKind.OddValue => "write the value that is meant.",
            FindingKind.NoPicture => "move it elsewhere, or convert it if it is a picture.",
            FindingKind.JpegEnd =>
                "nothing for this program; write the file anew for others, or copy it again from where it came.",
            FindingKind.TurnedImage =>
                "see with --browse that the boxes are where they belong; else draw them on the upright picture.",
            FindingKind.MissingClasses => "nothing, if the split has no objects of the class.",
            FindingKind.Refused => "mend this first: drcnn train ends with this sentence.",
            _ => "see the sentence.",
        };
}
