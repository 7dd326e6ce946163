using DynamicRcnn.Torch.Modules;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            public virtual IEnumerable<Module> children() => modules.Select(entry => entry.Module);

            /// <summary>All modules below this one, by path.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() =>
                modules.SelectMany(entry =>
                    entry
                        .Module.named_modules()
                        .Select(inner => ($"{entry.Name}.{inner.name}", inner.module))
                        .Prepend((entry.Name, entry.Module))
                );

            /// <summary>Trained tensors by path. One that is registered twice appears once, under its first name.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                AllParameters(recurse).DistinctBy(entry => entry.parameter, ReferenceEqualityComparer.Instance);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(
                bool recurse = true,
                bool include_nonpersistent = true
            ) =>
                ownBuffers
                    .Where(entry => entry.Persistent || include_nonpersistent)
                    .Select(entry => (entry.Name, entry.Buffer))
                    .Concat(
                        Below(recurse, (module) => module.named_buffers(include_nonpersistent: include_nonpersistent))
                    );

            /// <summary>Parameters and persistent buffers by path. The tensors are the module's own, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null,
                string? prefix = null
            )
            {
                destination ??= [];
                string start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach ((string key, Parameter parameter) in AllParameters(recurse: true))
                {
                    destination[start + key] = parameter;
                }
                foreach ((string key, Tensor buffer) in named_buffers(include_nonpersistent: false))
                {
                    destination[start + key] = buffer;
                }
                return destination;
            }

            /// <summary>Copies values into this module's tensors, converted to their type and device. Nothing is copied when it fails.</summary>
            /// <param name="source">Tensors by path.</param>
            /// <param name="strict">Both sides must have the same names.</param>
            /// <param name="skip">Names to leave alone on both sides.</param>
            /// <exception cref="InvalidOperationException">Names or shapes differ; the message lists all of them.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source,
                bool strict = true,
                IList<string>? skip = null
            )
            {
                Dictionary<string, Tensor> own = state_dict();
                HashSet<string> skipped = [.. skip ?? []];
                List<string> missing = [.. own.Keys.Where(key => !source.ContainsKey(key) && !skipped.Contains(key))];
                List<string> unexpected =
                [
                    .. source.Keys.Where(key => !own.ContainsKey(key) && !skipped.Contains(key)),
                ];
                List<string> common = [.. own.Keys.Where(key => source.ContainsKey(key) && !skipped.Contains(key))];
                string[] problems =
                [
                    .. strict ? missing.Select(key => $"{key} is missing") : [],
                    .. strict ? unexpected.Select(key => $"{key} is unexpected") : [],
                    .. common
                        .Where(key => !own[key].shape.SequenceEqual(source[key].shape))
                        .Select(key => $"{key} is {own[key]}, got {source[key]}"),
                ];
                if (problems.Length > 0)
                {
                    throw new InvalidOperationException($"load_state_dict: {string.Join("; ", problems)}.");
                }
                using IDisposable unrecorded = no_grad();
                foreach (string key in common)
                {
                    own[key].copy_(source[key]);
                }
                return (missing, unexpected);
            }

            private IEnumerable<(string name, Parameter parameter)> AllParameters(bool recurse) =>
                ownParameters.Concat(Below(recurse, module => module.AllParameters(recurse: true)));

            private IEnumerable<(string name, T component)> Below<T>(
                bool recurse,
                Func<Module, IEnumerable<(string name, T component)>> components
            ) =>
                (recurse ? modules : []).SelectMany(entry =>
                    components(entry.Module).Select(inner => ($"{entry.Name}.{inner.name}", inner.component))
                );
        }
    }
}
