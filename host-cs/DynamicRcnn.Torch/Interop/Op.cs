using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace DynamicRcnn.Torch.Interop;

/// <summary>An operator of the dispatcher, found by name at its first call. Missing trailing arguments take the schema's defaults.</summary>
/// <remarks>
/// A call allocates nothing but the results' objects: the arguments are a span on the caller's stack, their native form lies on
/// this one's. Every argument is kept alive until the call returns, so no finaliser can take a handle away in between.
/// </remarks>
internal sealed unsafe class Op(string name, string overload = "")
{
    private const int ResultCapacity = 4;
    private const int SchemaCapacity = 2048;

    /// <summary>Longest argument list that fits on the stack, in eight-byte entries; longer ones go to the heap.</summary>
    private const int ScratchEntries = 128;

    private nint handle;
    private bool isMissing;

    /// <summary>The schema as libtorch prints it.</summary>
    internal string Schema
    {
        get
        {
            byte* text = stackalloc byte[SchemaCapacity];
            Native.Check(Native.drcnn_op_schema(Handle, text, SchemaCapacity));
            return Marshal.PtrToStringUTF8((nint)text)!;
        }
    }

    /// <summary>Whether this libtorch has the operator: later versions have some that 1.13 lacks.</summary>
    internal bool Exists
    {
        get
        {
            if (handle == 0 && !isMissing)
            {
                isMissing = Native.drcnn_op_find(name, overload, out nint found) < 0;
                handle = isMissing ? 0 : found;
            }
            return handle != 0;
        }
    }

    private nint Handle => handle != 0 ? handle : Find();

    /// <summary>The first result.</summary>
    [SkipLocalsInit]
    internal torch.Tensor Call(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        Invoke(arguments, results);
        return new torch.Tensor(results[0].Pointer);
    }

    /// <summary>Both results of an operator that returns two tensors.</summary>
    [SkipLocalsInit]
    internal (torch.Tensor, torch.Tensor) CallPair(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        Invoke(arguments, results);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    /// <summary>The list that the operator returns.</summary>
    [SkipLocalsInit]
    internal torch.Tensor[] CallMany(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        Invoke(arguments, results);
        var tensors = new torch.Tensor[results[0].Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = new torch.Tensor(((nint*)results[0].Pointer)[i]);
        }
        Native.drcnn_free(results[0].Pointer);
        return tensors;
    }

    /// <summary>Calls an operator that works in place; the references it returns are given back.</summary>
    [SkipLocalsInit]
    internal void Run(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        int count = Invoke(arguments, results);
        for (int i = 0; i < count; i++)
        {
            if (results[i].Tag == Tag.Tensor)
            {
                Native.drcnn_release(results[i].Pointer);
            }
            else if (results[i].Tag == Tag.Tensors)
            {
                Native.drcnn_release_many((nint*)results[i].Pointer, results[i].Count);
                Native.drcnn_free(results[i].Pointer);
            }
        }
    }

    private nint Find()
    {
        Native.Check(Native.drcnn_op_find(name, overload, out nint found));
        return handle = found;
    }

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Arg> arguments, NativeValue* results)
    {
        NativeValue* values = stackalloc NativeValue[arguments.Length];
        long* scratch = stackalloc long[ScratchEntries];
        Scratch room = new(scratch);
        try
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                ref readonly Arg argument = ref arguments[i];
                values[i].Tag = argument.Tag;
                values[i].Count = argument.Count;
                values[i].Integer = argument.Bits;
                if (argument.Tag == Tag.Tensor)
                {
                    values[i].Pointer = Unsafe.As<torch.Tensor>(argument.Object!).Handle;
                }
                else if (argument.Object is not null)
                {
                    Lay(argument.Object, ref values[i], ref room);
                }
            }
            int count = Native.drcnn_call(Handle, values, arguments.Length, results, ResultCapacity);
            for (int i = 0; i < arguments.Length; i++)
            {
                GC.KeepAlive(arguments[i].Object);
            }
            Native.Check(count);
            return count;
        }
        finally
        {
            room.Free();
        }
    }

    /// <summary>Copies a list or a text to where native code can read it.</summary>
    private static void Lay(object list, ref NativeValue value, ref Scratch room)
    {
        if (value.Tag == Tag.String)
        {
            string text = Unsafe.As<string>(list);
            value.Count = Encoding.UTF8.GetByteCount(text);
            long* bytes = room.Reserve((value.Count + 7) / 8);
            Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, value.Count));
            value.Pointer = (nint)bytes;
            return;
        }
        long* entries = room.Reserve(value.Count);
        value.Pointer = (nint)entries;
        switch (value.Tag)
        {
            case Tag.Ints:
                Unsafe.As<long[]>(list).CopyTo(new Span<long>(entries, value.Count));
                break;
            case Tag.Doubles:
                Unsafe.As<double[]>(list).CopyTo(new Span<double>(entries, value.Count));
                break;
            default:
                torch.Tensor?[] tensors = Unsafe.As<torch.Tensor?[]>(list);
                for (int i = 0; i < tensors.Length; i++)
                {
                    entries[i] = tensors[i]?.Handle ?? 0;
                }
                break;
        }
    }

    /// <summary>Room for lists: a piece of the caller's stack, then blocks of the heap in a chain.</summary>
    private struct Scratch(long* stack)
    {
        private int used;
        private nint heap;

        internal long* Reserve(int entries)
        {
            if (used + entries <= ScratchEntries)
            {
                used += entries;
                return stack + used - entries;
            }
            nint block = (nint)NativeMemory.Alloc((nuint)(entries + 1), sizeof(long));
            *(nint*)block = heap;
            heap = block;
            return (long*)block + 1;
        }

        internal readonly void Free()
        {
            for (nint block = heap; block != 0; )
            {
                nint next = *(nint*)block;
                NativeMemory.Free((void*)block);
                block = next;
            }
        }
    }
}
