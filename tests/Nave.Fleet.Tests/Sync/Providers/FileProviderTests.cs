using System.Globalization;
using System.Text;
using Nave.Fleet.Sync.Providers;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Providers;

/// <summary>What both forms of files keep.</summary>
public abstract class FileProviderContract : DeviceProviderContract
{
    protected FileSite File => (FileSite)Site;

    [Fact]
    public async Task A_file_that_is_not_there_is_an_incomplete_listing_and_no_empty_registry()
    {
        System.IO.File.Delete(File.Path);

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
    }

    [Fact]
    public async Task A_file_that_was_cut_in_a_line_is_an_incomplete_listing()
    {
        await Site.AddAsync(Many);
        var content = await System.IO.File.ReadAllBytesAsync(File.Path, Token);
        await System.IO.File.WriteAllBytesAsync(File.Path, content.AsMemory(0, content.Length - 9), Token);

        var failure = await Assert.ThrowsAsync<ListingIncompleteException>(ListAsync);

        Assert.Contains($"Line {Many + File.HeaderLines}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_replaces_the_file_and_leaves_nothing_beside_it()
    {
        await Site.AddAsync(3);
        using var reader = new FileStream(File.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var before = await System.IO.File.ReadAllTextAsync(File.Path, Token);

        await Provider.DeleteAsync(new ExternalDevice { Key = (await Site.KeysAsync())[0], Fields = new Dictionary<string, string>() }, Token);

        using var text = new StreamReader(reader);
        Assert.Equal(before, await text.ReadToEndAsync(Token));
        Assert.Equal([File.Path], Directory.GetFiles(System.IO.Path.GetDirectoryName(File.Path)!));
        Assert.Equal(2, (await Site.KeysAsync()).Count);
    }

    [Fact]
    public async Task A_change_of_a_malformed_file_fails_and_leaves_it()
    {
        await System.IO.File.WriteAllTextAsync(File.Path, "\"", Token);

        var failure = await Assert.ThrowsAnyAsync<ProviderException>(() => Provider.CreateAsync(Provider.ToExternal(Site.Complete(1)), Token));

        Assert.Equal(ProviderFailure.Permanent, failure.Failure);
        Assert.Equal("\"", await System.IO.File.ReadAllTextAsync(File.Path, Token));
        Assert.Single(Directory.GetFiles(System.IO.Path.GetDirectoryName(File.Path)!));
    }

    [Fact]
    public async Task A_file_that_is_only_read_is_not_written()
    {
        await using var provider = Site.Create(Site.Settings.Replace("{", "{readOnly: true, ", StringComparison.Ordinal));

        Assert.False(provider.Traits.CanCreate);
        await Assert.ThrowsAnyAsync<ProviderException>(() => provider.CreateAsync(provider.ToExternal(Site.Complete(1)), Token));
    }

    [Fact]
    public async Task A_link_stays_a_link_and_its_file_keeps_who_may_read_it()
    {
        await Site.AddAsync(1);
        using var elsewhere = new TemporaryFolder();
        var real = elsewhere.File("real" + System.IO.Path.GetExtension(File.Path));
        System.IO.File.Move(File.Path, real);
        System.IO.File.CreateSymbolicLink(File.Path, real);
        System.IO.File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await Provider.CreateAsync(Provider.ToExternal(Site.Complete(5)), Token);

        Assert.Equal(real, new FileInfo(File.Path).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(real));
        Assert.Equal(2, (await Site.KeysAsync()).Count);
    }

    protected override Task<ProviderSite> StartAsync() => Task.FromResult<ProviderSite>(NewSite());

    protected abstract FileSite NewSite();

    protected abstract class FileSite : ProviderSite
    {
        private readonly TemporaryFolder _folder = new();

        protected FileSite(string name, string empty)
        {
            Path = _folder.File(name);
            System.IO.File.WriteAllText(Path, empty);
        }

        public string Path { get; }

        public abstract int HeaderLines { get; }

        public override string Settings => $"{{name: file, path: '{Path}'}}";

        public override async Task AddAsync(int count)
        {
            var lines = new StringBuilder();
            for (var i = 0; i < count; i++)
            {
                lines.Append(Line(Id(i)));
            }

            await System.IO.File.AppendAllTextAsync(Path, lines.ToString(), Token);
        }

        public override async Task RemoveAsync(string key)
        {
            var lines = await System.IO.File.ReadAllLinesAsync(Path, Token);
            await System.IO.File.WriteAllLinesAsync(Path, lines.Where(line => !line.Contains(key, StringComparison.Ordinal)), Token);
        }

        public override ValueTask DisposeAsync()
        {
            GC.SuppressFinalize(this);
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }

        protected static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"pump-{number:0000}");

        protected abstract string Line(string id);
    }
}
