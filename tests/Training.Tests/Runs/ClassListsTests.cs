using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public sealed class ClassListsTests
{
    [Fact]
    public void Classes_in_another_order_and_with_other_ids_are_recognised_by_name()
    {
        Dataset dataset = Of([new ClassName(5, "cat"), new ClassName(9, "dog")]);
        Dataset aligned = ClassLists.Align("it", [new ClassName(1, "dog"), new ClassName(2, "cat")], dataset);
        Assert.Equal([new ClassName(9, "dog"), new ClassName(5, "cat")], aligned.Classes);
        Assert.Equal([1, 0], aligned.Images[0].Boxes.Select(box => box.Label));
    }

    [Fact]
    public void Other_names_are_refused_with_both_lists()
    {
        RunException error = Assert.Throws<RunException>(() =>
            ClassLists.Align("it", [new ClassName(1, "dog")], Of([new ClassName(5, "cat")]))
        );
        Assert.Contains("[1 dog]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[5 cat]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 2)]
    [InlineData(2, 3)]
    public void Classes_that_a_data_set_does_not_list_come_in_under_ids_that_it_does_not_have(long id, long expected)
    {
        ClassName[] known = [new(1, "dog"), new(2, "cat")];
        GroundTruthBox box = new(0, 0, 1, 1, Label: 0, Crowd: false, Area: 1, AnnotationId: 1);
        Dataset dataset = new("data", "val", [new(id, "dog")], [new(1, "a.png", "a.png", 8, 8, [box])], []);
        Dataset aligned = ClassLists.Align("it", known, dataset);
        Assert.Equal([new ClassName(id, "dog"), new ClassName(expected, "cat")], aligned.Classes);
        Assert.Contains("does not list cat", ClassLists.Lacks(known, dataset), StringComparison.Ordinal);
        Assert.Null(ClassLists.Lacks(known, aligned));
    }

    [Fact]
    public void The_same_list_fits_itself_even_with_a_name_twice()
    {
        ClassName[] classes = [new(0, "cells"), new(1, "cells"), new(2, "other")];
        Dataset dataset = Of(classes);
        Assert.Same(dataset, ClassLists.Align("it", [.. classes], dataset));
    }

    private static Dataset Of(ClassName[] classes)
    {
        GroundTruthBox Box(int label) => new(0, 0, 1, 1, label, Crowd: false, Area: 1, AnnotationId: label + 1);
        ImageRecord image = new(1, "a.png", "a.png", 8, 8, [Box(0), Box(1)]);
        return new Dataset("data", "val", classes, [image], []);
    }
}
