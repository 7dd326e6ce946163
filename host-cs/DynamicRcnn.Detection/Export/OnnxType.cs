namespace DynamicRcnn.Detection;

/// <summary>Types of elements, by their numbers in the ONNX format.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Double = 11,
}
