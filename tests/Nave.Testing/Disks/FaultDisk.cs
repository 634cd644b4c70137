using Nave.Storage.Files;

namespace Nave.Testing.Disks;

/// <summary>
/// A disk in memory that can lose power, fill up, fail a sync and flip bits. Names and content count as durable only once
/// they are synced. Thread-safe.
/// </summary>
public sealed class FaultDisk : IDisk
{
    private readonly Lock _gate = new();
    private readonly List<(string Path, FaultFileData? Data)> _pendingNames = [];
    private readonly HashSet<string> _locks = [];
    private Dictionary<string, FaultFileData> _names = [];
    private Dictionary<string, FaultFileData> _durableNames = [];
    private int _generation;
    private bool _off;
    private readonly object _holdGate = new(); // waited on with Monitor
    private bool _holds;
    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets or sets the size of the disk in bytes.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Gets the number of syncs so far, of files and directories.</summary>
    public int Syncs { get; private set; }

    /// <summary>Gets or sets the sync, counted from 1, at which the power goes before it has done anything; 0 = none.</summary>
    public int PowerOffAtSync { get; set; }

    /// <summary>Gets or sets the sync after which the power goes: it was done, but nobody learns of it; 0 = none.</summary>
    public int PowerOffAfterSync { get; set; }

    /// <summary>Gets or sets the sync of a file that fails with an I/O error; 0 = none.</summary>
    public int FailSync { get; set; }

    /// <summary>Makes syncs of files wait until <see cref="ReleaseSyncs"/>, so that a test decides what is staged meanwhile.</summary>
    /// <returns>What ends when a sync waits.</returns>
    public Task HoldSyncs()
    {
        lock (_holdGate)
        {
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _holds = true;
            return _held.Task;
        }
    }

    /// <summary>Lets syncs go on.</summary>
    public void ReleaseSyncs()
    {
        lock (_holdGate)
        {
            _holds = false;
            Monitor.PulseAll(_holdGate);
        }
    }

    /// <summary>Gets a value indicating whether the power is off; <see cref="PowerOn"/> brings it back.</summary>
    public bool IsOff
    {
        get
        {
            lock (_gate)
            {
                return _off;
            }
        }
    }

    /// <summary>Gets the paths that are there.</summary>
    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_gate)
            {
                return [.. _names.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Turns the power off: every call fails from now on.</summary>
    public void PowerOff()
    {
        lock (_gate)
        {
            _off = true;
        }
    }

    /// <summary>Turns the power on again: what was not synced has met its fate. Files opened before stay dead.</summary>
    public void PowerOn(PowerLoss loss, int seed)
    {
        lock (_gate)
        {
            // Directory changes are journalled: some first part of them is there.
            var random = new Random(seed);
            var kept = loss switch
            {
                PowerLoss.DropAll => 0,
                PowerLoss.KeepAll => _pendingNames.Count,
                _ => random.Next(_pendingNames.Count + 1),
            };
            Apply(_durableNames, _pendingNames.Take(kept));
            _pendingNames.Clear();
            foreach (var data in _names.Values.Concat(_durableNames.Values).Distinct())
            {
                data.LosePower(loss, random);
            }

            _names = new Dictionary<string, FaultFileData>(_durableNames);
            _locks.Clear();
            _generation++;
            _off = false;
            PowerOffAtSync = PowerOffAfterSync = FailSync = 0;
        }
    }

    /// <summary>Makes a copy of what is on the disk, with no faults set.</summary>
    public FaultDisk Clone()
    {
        lock (_gate)
        {
            var copy = new FaultDisk();
            foreach (var (path, data) in _names)
            {
                var file = new FaultFileData();
                file.Write(data.Current, 0);
                file.Sync();
                copy._names[path] = file;
                copy._durableNames[path] = file;
            }

            return copy;
        }
    }

    /// <summary>Gets a copy of the content of a file.</summary>
    public byte[] Content(string path)
    {
        lock (_gate)
        {
            return (byte[])_names[path].Current.Clone();
        }
    }

    /// <summary>Changes one byte of a file, as a failing disk does.</summary>
    public void Damage(string path, long position, Func<byte, byte> change)
    {
        lock (_gate)
        {
            _names[path].Change(position, change);
        }
    }

    /// <summary>Cuts a file short.</summary>
    public void Truncate(string path, long length)
    {
        lock (_gate)
        {
            _names[path].Truncate(length);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            if (mode == DiskOpenMode.Create)
            {
                SetName(path, new FaultFileData());
            }
            else if (!_names.ContainsKey(path))
            {
                throw new FileNotFoundException($"'{path}' is not there.", path);
            }

            return new FaultFile(this, _names[path], _generation);
        }
    }

    /// <inheritdoc/>
    public IDiskFile CreateZeroed(string path, long length, CancellationToken cancellationToken)
    {
        var file = Open(path, DiskOpenMode.Create);
        file.Write(new byte[length], 0);
        file.SyncData();
        return file;
    }

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            return _names.ContainsKey(path) || _locks.Contains(path);
        }
    }

    /// <inheritdoc/>
    public void Rename(string path, string newPath)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            var data = _names[path];
            SetName(path, null);
            SetName(newPath, data);
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            if (_names.ContainsKey(path))
            {
                SetName(path, null);
            }
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            BeforeSync();
            Apply(_durableNames, _pendingNames);
            _pendingNames.Clear();
            AfterSync();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            return [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(path => Path.GetFileName(path))];
        }
    }

    /// <inheritdoc/>
    public long GetFreeBytes(string directory)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            return Free();
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        lock (_gate)
        {
            ThrowIfOff(_generation);
            return _locks.Add(path) ? new Held(this, path, _generation) : null;
        }
    }

    internal T Use<T>(int generation, Func<T> work)
    {
        lock (_gate)
        {
            ThrowIfOff(generation);
            return work();
        }
    }

    internal void Write(int generation, FaultFileData data, IReadOnlyList<ReadOnlyMemory<byte>> parts, long position)
    {
        lock (_gate)
        {
            ThrowIfOff(generation);
            foreach (var part in parts)
            {
                if (position + part.Length - data.Current.Length > Free())
                {
                    throw new DiskFullException("The fault disk is full.");
                }

                data.Write(part.Span, position);
                position += part.Length;
            }
        }
    }

    internal void Sync(int generation, FaultFileData data)
    {
        lock (_holdGate)
        {
            // The commit thread waits here as it would for a slow disk.
            while (_holds)
            {
                _held.TrySetResult();
                Monitor.Wait(_holdGate);
            }
        }

        lock (_gate)
        {
            ThrowIfOff(generation);
            BeforeSync();
            if (Syncs == FailSync)
            {
                data.LosePending();
                throw new IOException("The fault disk has failed a sync.");
            }

            data.Sync();
            AfterSync();
        }
    }

    private static void Apply(Dictionary<string, FaultFileData> names, IEnumerable<(string Path, FaultFileData? Data)> changes)
    {
        foreach (var (path, data) in changes)
        {
            if (data is null)
            {
                names.Remove(path);
            }
            else
            {
                names[path] = data;
            }
        }
    }

    private void SetName(string path, FaultFileData? data)
    {
        Apply(_names, [(path, data)]);
        _pendingNames.Add((path, data));
    }

    private long Free() => Capacity - _names.Values.Sum(data => (long)data.Current.Length);

    private void BeforeSync()
    {
        Syncs++;
        if (Syncs == PowerOffAtSync)
        {
            _off = true;
            ThrowIfOff(_generation);
        }
    }

    private void AfterSync()
    {
        if (Syncs == PowerOffAfterSync)
        {
            _off = true;
            ThrowIfOff(_generation);
        }
    }

    private void ThrowIfOff(int generation)
    {
        if (_off || generation != _generation)
        {
            throw new IOException("The fault disk has no power.");
        }
    }

    private sealed class Held(FaultDisk disk, string path, int generation) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                if (disk._generation == generation)
                {
                    disk._locks.Remove(path);
                }
            }
        }
    }
}
