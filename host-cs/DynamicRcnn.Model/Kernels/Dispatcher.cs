using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// Calls an operator of libtorch by name, which autograd records as any other. A stack holds all arguments of its schema in their order, 64 bits
/// each: numbers in the low bytes, a tensor or a list as a handle that the call takes over, an optional as a pointer to its value or 0. Results
/// replace the arguments from the bottom. Schemas with a Scalar cannot be called.
/// </summary>
internal static unsafe class Dispatcher
{
    /// <summary>2.10.0, as libtorch's headers pack it: what the values on a stack are laid out for.</summary>
    private const ulong StackVersion = (2UL << 56) | (10UL << 48);

    /// <summary>The one result.</summary>
    internal static Tensor Call(string name, params ReadOnlySpan<Argument> arguments)
    {
        ulong* stack = stackalloc ulong[arguments.Length];
        Invoke(name, arguments, stack);
        return Tensor.UnsafeCreateTensor((nint)stack[0]);
    }

    /// <summary>An operator without results.</summary>
    internal static void Run(string name, params ReadOnlySpan<Argument> arguments)
    {
        ulong* stack = stackalloc ulong[arguments.Length];
        Invoke(name, arguments, stack);
    }

    /// <param name="name">Such as <c>aten::contiguous</c>; an overload after a dot.</param>
    /// <param name="arguments">All of the schema.</param>
    /// <param name="stack">As long as they are.</param>
    private static void Invoke(string name, ReadOnlySpan<Argument> arguments, ulong* stack)
    {
        string[] parts = name.Split('.');
        for (int i = 0; i < arguments.Length; i++)
            stack[i] = arguments[i].Laid();
        int status = LibtorchAbi.torch_call_dispatcher(parts[0], parts.Length > 1 ? parts[1] : "", stack, StackVersion);
        for (int i = 0; i < arguments.Length; i++)
            GC.KeepAlive(arguments[i].Reference);
        if (status != 0) // libtorch 2.10 exports no function for the text
            throw new InvalidOperationException($"{name} failed; libtorch wrote the reason to standard error");
    }

    /// <summary>An argument. It is laid out when the call is made, for what is laid out belongs to the stack.</summary>
    internal readonly struct Argument
    {
        private readonly ulong bits;
        private readonly bool isOptional;

        private Argument(object? reference, ulong bits, bool isOptional = false)
        {
            Reference = reference;
            this.bits = bits;
            this.isOptional = isOptional;
        }

        /// <summary>An optional without a value.</summary>
        internal static Argument None => default;

        internal object? Reference { get; }

        /// <summary>An optional with a value.</summary>
        internal static Argument Some(Tensor tensor) => new(tensor, 0, isOptional: true);

        public static implicit operator Argument(Tensor tensor) => new(tensor, 0);

        public static implicit operator Argument(Tensor[] tensors) => new(tensors, 0);

        public static implicit operator Argument(long number) => new(null, (ulong)number);

        public static implicit operator Argument(double number) => new(null, BitConverter.DoubleToUInt64Bits(number));

        public static implicit operator Argument(bool value) => new(null, value ? 1UL : 0);

        internal ulong Laid()
        {
            ulong value = Reference switch
            {
                Tensor tensor => Handle(tensor),
                Tensor[] tensors => List(tensors),
                _ => bits,
            };
            if (!isOptional)
                return value;
            ulong* box = (ulong*)NativeMemory.Alloc(sizeof(ulong)); // libtorch's delete frees it: malloc's on Linux
            *box = value;
            return (ulong)box;
        }

        private static ulong Handle(Tensor tensor)
        {
            ArgumentNullException.ThrowIfNull(tensor);
            Check(LibtorchAbi.aoti_torch_new_tensor_handle(tensor.Handle, out nint copy));
            return (ulong)copy;
        }

        private static ulong List(Tensor[] tensors)
        {
            Check(LibtorchAbi.torch_new_list_reserve_size((nuint)tensors.Length, out nint list));
            foreach (Tensor tensor in tensors)
                Check(LibtorchAbi.torch_list_push_back(list, Handle(tensor)));
            return (ulong)list;
        }

        private static void Check(int status)
        {
            if (status != 0)
                throw new InvalidOperationException("libtorch took no argument; it wrote the reason to standard error");
        }
    }
}
