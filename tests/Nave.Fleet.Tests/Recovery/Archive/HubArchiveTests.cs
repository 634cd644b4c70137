using System.Globalization;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Recovery;
using Nave.Fleet.Recovery.Archive;
using Nave.Testing;

namespace Nave.Fleet.Tests.Recovery.Archive;

/// <summary>Archives of hubs, and hubs of archives.</summary>
public sealed class HubArchiveTests(TwoHubs server) : IClassFixture<TwoHubs>
{
    private static readonly AgeKey s_key = AgeKey.Parse(AgeKey.Generate());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_registries_are_exported_imported_and_exported_the_same()
    {
        // 1,000 of them: NAVE_ARCHIVE_REGISTRIES=1000.
        var count = int.Parse(Environment.GetEnvironmentVariable("NAVE_ARCHIVE_REGISTRIES") ?? "50", CultureInfo.InvariantCulture);
        await using var hubs = await server.NewPairAsync();
        var (source, target) = (await hubs.OpenSourceAsync(), await hubs.OpenTargetAsync());
        for (var seed = 0; seed < count; seed++)
        {
            var registry = new RandomRegistry(seed);
            var written = await source.WriteAsync(registry.Lines, Token);
            Assert.True(written.Errors.Count == 0, $"Seed {seed}: {string.Join("; ", written.Errors)}");
            foreach (var one in registry.Configurations)
            {
                await hubs.Source.CreateConfigurationAsync(one, Token);
                if (seed % 2 == 0)
                {
                    await hubs.Source.UpdateConfigurationAsync(one with { Priority = one.Priority + 1 }, null, Token);
                }
            }

            var (before, first) = await ExportAsync(source);
            Assert.Equal(registry.Lines.Count(line => line.ModuleId is null), before.Devices);
            Assert.Equal(registry.Configurations.Count, before.Parts.SingleOrDefault(part => part.Name == ArchivePart.Configurations)?.Lines ?? 0);
            var report = await ImportAsync(first, target);
            Assert.True(report.Failed == 0, $"Seed {seed}: {string.Join("; ", report.Errors)}");
            var (after, second) = await ExportAsync(target);
            Assert.True(before.Parts.SequenceEqual(after.Parts), $"Seed {seed}: {string.Join("; ", before.Parts)} became {string.Join("; ", after.Parts)}.");
            Assert.Equal((before.Devices, before.Modules), (after.Devices, after.Modules));
            Assert.Equal(await LinesAsync(first), await LinesAsync(second));
            await RandomRegistry.ClearAsync(hubs.Source, Token);
            await RandomRegistry.ClearAsync(hubs.Target, Token);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_written_of_an_archive_that_is_cut_off_altered_or_locked_with_another_key(bool isEncrypted)
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        var key = isEncrypted ? s_key : null;
        var (_, file) = await ExportAsync(await hubs.OpenSourceAsync(), key);
        var target = await hubs.OpenTargetAsync();
        var random = new Random(1);
        for (var i = 0; i < 100; i++)
        {
            var at = i < 20 ? file.Length - 1 - i : random.Next(file.Length);
            await Assert.ThrowsAnyAsync<IOException>(() => ImportAsync(file[..at], target, key));
            if (isEncrypted)
            {
                // One in clear has bits that mean nothing.
                var altered = (byte[])file.Clone();
                altered[at] ^= (byte)(1 << random.Next(8));
                await Assert.ThrowsAnyAsync<IOException>(() => ImportAsync(altered, target, key));
            }
        }

        await Assert.ThrowsAnyAsync<IOException>(() => ImportAsync([.. file, 0], target, key));
        if (isEncrypted)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => ImportAsync(file, target, AgeKey.Parse(AgeKey.Generate())));
            await Assert.ThrowsAnyAsync<IOException>(() => ImportAsync(file, target, null));
        }

        Assert.Equal(0, (await hubs.Target.GetStatisticsAsync(Token)).TotalDeviceCount);
        Assert.Equal(0, (await ImportAsync(file, target, key)).Failed);
        await hubs.SameAsync();
    }

    [Fact]
    public async Task An_import_that_was_cut_off_is_taken_up_where_it_was()
    {
        const int Devices = (2 * ServiceClient.MaxRegistryLines) + 100;
        using var folder = new TemporaryFolder();
        await using var hubs = await server.NewPairAsync();
        var (source, target) = (await hubs.OpenSourceAsync(), await hubs.OpenTargetAsync());
        await source.WriteAsync(Enumerable.Range(0, Devices).Select(i => new ExportImportDevice { Id = $"d{i:D5}", ImportMode = ImportMode.CreateOrUpdate }).ToArray(), Token);
        var (before, file) = await ExportAsync(source);
        var checkpoint = folder.File("a.import");
        using (var cut = new CancellationTokenSource())
        {
            var steps = new List<BackupProgress>();
            var options = new BackupOptions { Progress = step => { steps.Add(step); cut.Cancel(); } };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new HubImport(Opener(file, s_key), target, options).RunAsync(checkpoint, false, cut.Token));
            Assert.Equal(Devices, Assert.Single(steps).TotalLines);
        }

        Assert.Equal(ServiceClient.MaxRegistryLines, (await hubs.Target.GetStatisticsAsync(Token)).TotalDeviceCount);
        Assert.True(File.Exists(checkpoint));

        // Not with another archive, and not with another condition.
        var (_, other) = await ExportAsync(target);
        await Assert.ThrowsAsync<RecoveryException>(() => new HubImport(Opener(other, s_key), target, new BackupOptions()).RunAsync(checkpoint, true, Token));
        await Assert.ThrowsAsync<RecoveryException>(() => new HubImport(Opener(file, s_key), target, new BackupOptions { Where = "a = 1" }).RunAsync(checkpoint, true, Token));

        var report = await new HubImport(Opener(file, s_key), target, new BackupOptions()).RunAsync(checkpoint, true, Token);
        Assert.Equal((Devices, Devices - ServiceClient.MaxRegistryLines, 0L), (report.Devices, report.Written, report.Failed));
        Assert.False(File.Exists(checkpoint));
        Assert.Equal(before.Parts, (await ExportAsync(target)).Manifest.Parts);
    }

    [Fact]
    public async Task Enrollments_come_back_with_their_keys()
    {
        await using var hubs = await server.NewPairAsync();
        using var provisioning = server.Provisioning();
        var attestation = new AttestationMechanism { Type = AttestationType.SymmetricKey };
        await provisioning.CreateEnrollmentAsync(new IndividualEnrollment { RegistrationId = "one", Attestation = attestation }, Token);
        await provisioning.CreateGroupAsync(new EnrollmentGroup { EnrollmentGroupId = "all", Attestation = attestation }, Token);
        var keys = await KeysAsync(provisioning);
        var options = new BackupOptions { Provisioning = provisioning };
        var (before, file) = await ExportAsync(await hubs.OpenSourceAsync(), s_key, options);
        Assert.Equal([(ArchivePart.Enrollments, 1L), (ArchivePart.EnrollmentGroups, 1L)], before.Parts.Select(part => (part.Name, part.Lines)));
        await provisioning.DeleteEnrollmentAsync("one", null, Token);
        await provisioning.DeleteGroupAsync("all", null, Token);

        var report = await ImportAsync(file, await hubs.OpenTargetAsync(), s_key, options);
        Assert.Equal((2L, 0L), (report.Enrollments, report.Failed));
        Assert.Equal(keys, await KeysAsync(provisioning));
        Assert.Equal(2, (await ImportAsync(file, await hubs.OpenTargetAsync(), s_key, options with { Mode = ImportMode.Delete })).Enrollments);
        Assert.Null(await provisioning.GetEnrollmentAsync("one", Token));
    }

    private static async Task<List<string?>> KeysAsync(ProvisioningServiceClient provisioning)
    {
        var one = await provisioning.GetEnrollmentAttestationAsync("one", Token);
        var all = await provisioning.GetGroupAttestationAsync("all", Token);
        return [one!.SymmetricKey!.PrimaryKey, one.SymmetricKey.SecondaryKey, all!.SymmetricKey!.PrimaryKey, all.SymmetricKey.SecondaryKey];
    }

    private static Task<(ArchiveManifest Manifest, byte[] File)> ExportAsync(HubRegistry hub) => ExportAsync(hub, s_key);

    private static async Task<(ArchiveManifest Manifest, byte[] File)> ExportAsync(HubRegistry hub, AgeKey? key, BackupOptions? options = null)
    {
        using var file = new MemoryStream();
        await using var archive = await ArchiveWriter.OpenAsync(file, key, TimeProvider.System.GetUtcNow(), Token);
        var manifest = await new HubExport(hub, options ?? new BackupOptions()).RunAsync(archive, Token);
        return (manifest, file.ToArray());
    }

    private static Task<ImportReport> ImportAsync(byte[] file, HubRegistry hub) => ImportAsync(file, hub, s_key);

    private static Task<ImportReport> ImportAsync(byte[] file, HubRegistry hub, AgeKey? key, BackupOptions? options = null) =>
        new HubImport(Opener(file, key), hub, options ?? new BackupOptions()).RunAsync(null, false, Token);

    private static Func<CancellationToken, Task<ArchiveReader>> Opener(byte[] file, AgeKey? key) =>
        cancellationToken => ArchiveReader.OpenAsync(new MemoryStream(file), key, cancellationToken);

    private static async Task<List<string>> LinesAsync(byte[] file)
    {
        var lines = new List<string>();
        await using var archive = await Opener(file, s_key)(Token);
        await foreach (var line in archive.ReadAsync(Token))
        {
            lines.Add(System.Text.Encoding.UTF8.GetString(line.Json.Span));
        }

        return lines;
    }
}
