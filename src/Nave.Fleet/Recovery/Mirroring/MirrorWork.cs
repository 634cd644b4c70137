using Nave.Api;

namespace Nave.Fleet.Recovery;

/// <summary>What is to be done to the target in one go, and the marks that hold afterwards.</summary>
internal sealed class MirrorWork
{
    private readonly List<ExportImportDevice> _lines = [];
    private readonly Dictionary<IdentityId, RegistryMarks> _marks = [];
    private readonly Dictionary<IdentityId, RegistryMarks?> _known = [];

    /// <summary>Gets the lines to write, in their order.</summary>
    public IReadOnlyList<ExportImportDevice> Lines => _lines;

    /// <summary>Gets the marks of what is written.</summary>
    public IReadOnlyDictionary<IdentityId, RegistryMarks> Marks => _marks;

    /// <summary>Gets the marks of what was found, where they were others; <see langword="null"/> = neither hub has it any more.</summary>
    public IReadOnlyDictionary<IdentityId, RegistryMarks?> Known => _known;

    /// <summary>Gets how much there is to do.</summary>
    public int Count => _lines.Count + _known.Count;

    /// <summary>Writes an identity with its twin.</summary>
    public void Write(IdentityId id, ExportImportDevice line, RegistryMarks marks)
    {
        _lines.Add(line with { ImportMode = ImportMode.CreateOrUpdate, ETag = null, TwinETag = null });
        _marks[id] = marks;
    }

    /// <summary>Deletes an identity.</summary>
    public void Delete(IdentityId id) => _lines.Add(new ExportImportDevice { Id = id.DeviceId, ModuleId = id.ModuleId, ImportMode = ImportMode.Delete });

    /// <summary>Says that neither hub has an identity any more.</summary>
    public void Forget(IdentityId id) => _known[id] = null;

    /// <summary>Says that both hubs have the same.</summary>
    public void Found(IdentityId id, RegistryMarks marks, RegistryMarks? known)
    {
        if (known != marks)
        {
            _known[id] = marks;
        }
    }
}
