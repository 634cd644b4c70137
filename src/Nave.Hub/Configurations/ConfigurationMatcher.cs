using System.Buffers;
using Nave.Hub.Queries;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>Finds the configurations that are aimed at a twin. For one thread.</summary>
internal sealed class ConfigurationMatcher
{
    private readonly (CompiledConfiguration Configuration, JsonRow Row)[] _devices;
    private readonly (CompiledConfiguration Configuration, JsonRow Row)[] _modules;
    private readonly ArrayBufferWriter<byte> _json = new(4096);

    public ConfigurationMatcher(ConfigurationSet set)
    {
        _devices = Prepare(set, QuerySource.Devices);
        _modules = Prepare(set, QuerySource.Modules);
    }

    /// <summary>Finds them, the weakest first. A deployment is aimed at edge devices only.</summary>
    public IReadOnlyList<CompiledConfiguration> Match(TwinDocument twin)
    {
        var candidates = twin.Identity.Id.IsModule ? _modules : _devices;
        if (candidates.Length == 0)
        {
            return [];
        }

        var isEdge = twin.Identity.IsEdge;
        var found = new List<CompiledConfiguration>();
        _json.ResetWrittenCount();
        foreach (var (configuration, row) in candidates)
        {
            if (configuration.Kind == ConfigurationKind.Deployment && !isEdge)
            {
                continue;
            }

            if (!configuration.Where.IsAlways)
            {
                if (_json.WrittenCount == 0)
                {
                    TwinView.WriteRow(_json, twin, withMetadata: false);
                }

                row.Load(new QueryDocument("", _json.WrittenMemory));
                if (!configuration.Where.Matches(row))
                {
                    continue;
                }
            }

            found.Add(configuration);
        }

        return found;
    }

    private static (CompiledConfiguration, JsonRow)[] Prepare(ConfigurationSet set, QuerySource source) =>
        [.. set.Ordered.Where(one => one.Target?.Source == source).Select(one => (one, new JsonRow(one.Where.Paths)))];
}
